/** Stands for an expression in a template or concatenation. */
const VALUE = '\uFFFC';

const faults = {
  sentences: /(?<!\.)\. |[^.\s]\.$/,
  semicolons: /;.*;/s,
  doubleQuotes: /"/,
  article: /\bthe option '/i,
  unquotedOption: /\boption (?!')/,
  unquotedPath: /(?<![\w'.])(?:properties|queue|reconnect|retry|tcp|tls|unrouted|websocket|will)\.[a-z]\w*/,
};

/** Texts of messages follow CONTRIBUTING.md: one sentence without a full stop, with single quotes around the names of options. */
export const messageStyle = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      sentences: 'A message is one sentence without a full stop.',
      semicolons: 'A message has at most one semicolon.',
      doubleQuotes: 'A message has single quotes around values.',
      article: "Write option 'x', without an article.",
      unquotedOption: 'The name of an option has single quotes.',
      unquotedPath: 'The path of an option has single quotes.',
    },
  },
  create(context) {
    const check = node => {
      if (isConcatenation(node.parent)) return;
      const text = textOf(node);
      if (!isProse(text)) return;
      for (const [messageId, pattern] of Object.entries(faults))
        if (pattern.test(text)) context.report({ node, messageId });
    };
    return { Literal: check, TemplateLiteral: check, BinaryExpression: node => isConcatenation(node) && check(node) };
  },
};

const isConcatenation = ({ type, operator }) => type === 'BinaryExpression' && operator === '+';

/** Whether the text has a word and a space, so that it is neither a name nor a key. */
const isProse = text => /[a-z]{2}/i.test(text) && text.includes(' ');

function textOf(node) {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : VALUE;
  if (node.type === 'TemplateLiteral') return node.quasis.map(({ value }) => value.cooked).join(VALUE);
  return isConcatenation(node) ? textOf(node.left) + textOf(node.right) : VALUE;
}
