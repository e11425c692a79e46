import MagicString from 'magic-string';
import type { AstNode, Plugin } from 'rollup';

const PURE = '/* @__PURE__ */ ';
/** What may call code without being a call: by a getter, an iterator or a conversion. */
const mayCall: ReadonlySet<string> = new Set(['BinaryExpression', 'MemberExpression', 'SpreadElement']);

/**
 * Marks the initial values of a module's constants as free of side effects, which is what `sideEffects: false` of package.json says of whole
 * files. Bundlers drop an unused constant of a flat file only if every call in its value is marked. They keep an object or array that spreads
 * another one, reads a member or computes with constants, which could call code, too. Such a value becomes a function that is called.
 */
export const pureCalls: Plugin = {
  name: 'pure-calls',
  transform(code) {
    const marked = new MagicString(code);
    for (const statement of this.parse(code).body) {
      const declaration = 'declaration' in statement ? statement.declaration : statement;
      if (declaration?.type !== 'VariableDeclaration') continue;
      for (const { init } of declaration.declarations) if (init) markPure(init as AstNode, marked);
    }
    return { code: marked.toString(), map: marked.generateMap({ hires: true }) };
  },
};

function markPure(value: AstNode, marked: MagicString): void {
  const nodes = [...evaluatedNodes(value)];
  for (const { type, start } of nodes)
    if (type === 'CallExpression' || type === 'NewExpression') marked.appendLeft(start, PURE);
  if (value.type === 'BinaryExpression' || !nodes.some(({ type }) => mayCall.has(type))) return;
  marked.prependLeft(value.start, `${PURE}(() => (`).appendRight(value.end, '))()');
}

/** The nodes of an expression but those in functions, which do not run yet, and those that are called. */
function* evaluatedNodes(value: unknown): Generator<AstNode> {
  if (!isNode(value) || value.type.endsWith('FunctionExpression')) return;
  yield value;
  for (const [key, child] of Object.entries(value)) {
    const children: unknown[] = key === 'callee' ? [] : [child].flat();
    for (const each of children) yield* evaluatedNodes(each);
  }
}

const isNode = (value: unknown): value is AstNode => typeof value === 'object' && value !== null && 'type' in value;
