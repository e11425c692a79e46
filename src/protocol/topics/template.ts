import { MqttError } from '../../errors.js';
import { quoted } from '../../quoted.js';
import { TopicPrefixes, patternsOf } from './prefixes.js';
import { HASH, PLUS, SLASH } from './syntax.js';
import { assertShare, assertTopicFilter } from './validate.js';

/** A named wildcard, with the level of a topic at which it stands. */
interface NamedWildcard {
  readonly name: string;
  readonly level: number;
  /** Whether it stands for this level and all below, as in `#rest`. */
  readonly isRest: boolean;
}

/** A filter as the user writes it: the broker knows `devices/+id/#rest` as `devices/+/#`. */
export class Template {
  readonly filter: string;
  /** The beginning of the filter that its topics do not have, such as `$share/group/`. */
  readonly prefix: string;
  /** The named wildcards in order; empty for a filter without names. */
  readonly names: readonly NamedWildcard[];

  constructor(filter: string, prefix: string, names: readonly NamedWildcard[]) {
    this.filter = filter;
    this.prefix = prefix;
    this.names = names;
  }

  /** The patterns that topics are matched with: the filter without its prefix, and with it where a broker may not know the prefix. */
  get patterns(): readonly string[] {
    return patternsOf(this.filter, this.prefix.length);
  }
}

// Engines such as older Hermes cannot compile \p{ID_Start}, so every character beyond Latin-1 counts as a letter.
const identifier =
  /^[a-z_$\u00aa\u00b5\u00ba\u00c0-\ud7ff\u{e000}-\u{10ffff}][\w$\u00aa\u00b5\u00b7\u00ba\u00c0-\ud7ff\u{e000}-\u{10ffff}]*$/iu;
const noNames: readonly NamedWildcard[] = Object.freeze([]);

/** Parses a filter with named wildcards. Throws INVALID_ARGUMENT for a bad name, and for a filter that cannot be subscribed to. */
export function parseTemplate(template: string, prefixes = TopicPrefixes.known): Template {
  const start = prefixes.lengthOf(template);
  if (start === 0 && template.startsWith('#share/')) assertShare(template);
  if (!hasNames(template, start)) return createTemplate(template, start, noNames);
  const names: NamedWildcard[] = [];
  const levels = template
    .slice(start)
    .split('/')
    .map((text, level, { length }) => {
      const sign = text.charAt(0);
      if (text.length < 2 || (sign !== '+' && sign !== '#')) return text;
      const name = text.slice(1);
      if (sign === '#' && level < length - 1) throw invalid(template, `has ${quoted(text)} before its end`);
      if (!identifier.test(name) || name === '__proto__') throw invalid(template, `has ${quoted(name)} for a name`);
      if (names.some(other => other.name === name)) throw invalid(template, `has the name ${quoted(name)} twice`);
      names.push({ name, level, isRest: sign === '#' });
      return sign;
    });
  const filter = template.slice(0, start) + levels.join('/');
  return createTemplate(filter, start, names);
}

function createTemplate(filter: string, start: number, names: readonly NamedWildcard[]): Template {
  assertTopicFilter(filter, start);
  return new Template(filter, filter.slice(0, start), names);
}

/** Whether two templates of the same filter have the same names. */
export const haveSameNames = ({ names: a }: Template, { names: b }: Template): boolean =>
  a === b || (a.length === b.length && a.every(({ name, level }, i) => name === b[i]!.name && level === b[i]!.level));

/**
 * Returns the levels of a topic at which the named wildcards stand, by their names. The value of `#rest` is `''` where the topic ends at
 * the level above. The topic need not match, as a broker may send messages of other topics because of a filter.
 */
export function paramsOf({ names, prefix }: Template, topic: string): Record<string, string> {
  const params: Record<string, string> = {};
  let level = 0;
  let start = prefix !== '' && topic.startsWith(prefix) ? prefix.length : 0;
  for (let i = 0; i < names.length; i++) {
    const wildcard = names[i]!;
    while (level < wildcard.level) {
      const slash = topic.indexOf('/', start);
      start = slash < 0 ? topic.length : slash + 1;
      level++;
    }
    const end = wildcard.isRest ? -1 : topic.indexOf('/', start);
    params[wildcard.name] = topic.slice(start, end < 0 ? topic.length : end);
  }
  return params;
}

/** Whether a level begins with a wildcard and has more characters. */
function hasNames(template: string, start: number): boolean {
  for (let i = start; i < template.length - 1; i++) {
    const code = template.charCodeAt(i);
    if (code !== PLUS && code !== HASH) continue;
    if ((i === start || template.charCodeAt(i - 1) === SLASH) && template.charCodeAt(i + 1) !== SLASH) return true;
  }
  return false;
}

function invalid(template: string, what: string): MqttError {
  return new MqttError(
    'INVALID_ARGUMENT',
    `the filter ${quoted(template)} ${what}; a named wildcard is '+' or, as the last level, '#', followed by an identifier that ` +
      `occurs once, as in 'devices/+id/#rest'`,
    { subject: template },
  );
}
