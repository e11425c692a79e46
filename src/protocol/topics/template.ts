import { MqttError } from '../../errors.js';
import { TopicPrefixes } from './prefixes.js';
import { HASH, PLUS, SLASH } from './syntax.js';
import { assertShare, assertTopicFilter } from './validate.js';
import { piece } from '../../quoted.js';

/** A named wildcard: the level of a topic at which it stands. */
interface Name {
  readonly name: string;
  readonly level: number;
  /** `#rest`: this level and all below. */
  readonly rest: boolean;
}

/** A filter as the user writes it: `devices/+id/#rest` is `devices/+/#` for the broker. */
export interface Template {
  readonly filter: string;
  /** What topics are matched with: the filter without its prefix, and with it where a broker may not know the prefix. */
  readonly patterns: readonly string[];
  /** What the filter begins with and its topics do not, such as `$share/group/`. */
  readonly prefix: string;
  /** Of its named wildcards, in order; empty for a filter of MQTT. */
  readonly names: readonly Name[];
}

// Engines such as older Hermes cannot compile \p{ID_Start}: every character beyond Latin-1 counts as a letter.
const identifier =
  /^[a-z_$\u00aa\u00b5\u00ba\u00c0-\ud7ff\u{e000}-\u{10ffff}][\w$\u00aa\u00b5\u00b7\u00ba\u00c0-\ud7ff\u{e000}-\u{10ffff}]*$/iu;
const none: readonly Name[] = Object.freeze([]);
const known = new TopicPrefixes();

/** Takes the names out of a filter. Throws INVALID_ARGUMENT for a bad name, and for what cannot be subscribed to. */
export function parseTemplate(template: string, prefixes = known): Template {
  const start = prefixes.lengthOf(template);
  if (start === 0 && template.startsWith('#share/')) assertShare(template);
  if (!hasNames(template, start)) return templateOf(template, start, none, prefixes);
  const names: Name[] = [];
  const levels = template
    .slice(start)
    .split('/')
    .map((text, level, { length }) => {
      const sign = text.charAt(0);
      if (text.length < 2 || (sign !== '+' && sign !== '#')) return text;
      const name = text.slice(1);
      if (sign === '#' && level < length - 1) throw invalid(template, `has "${piece(text)}" before its end`);
      if (!identifier.test(name) || name === '__proto__') throw invalid(template, `has "${piece(name)}" for a name`);
      if (names.some(other => other.name === name)) throw invalid(template, `has the name "${piece(name)}" twice`);
      names.push({ name, level, rest: sign === '#' });
      return sign;
    });
  const filter = template.slice(0, start) + levels.join('/');
  return templateOf(filter, start, names, prefixes);
}

function templateOf(filter: string, start: number, names: readonly Name[], prefixes: TopicPrefixes): Template {
  assertTopicFilter(filter, start);
  return { filter, patterns: prefixes.patternsOf(filter), prefix: filter.slice(0, start), names };
}

/**
 * What the names stand for in a topic that matches. `''` for `#rest` where the level above matched. Of another topic, which a broker
 * sent because of the filter all the same, it is what stands at these levels.
 */
export function paramsOf({ names, prefix }: Template, topic: string): Record<string, string> {
  const params: Record<string, string> = {};
  let level = 0;
  let at = prefix !== '' && topic.startsWith(prefix) ? prefix.length : 0;
  for (let i = 0; i < names.length; i++) {
    const wanted = names[i]!;
    while (level < wanted.level) {
      const slash = topic.indexOf('/', at);
      at = slash < 0 ? topic.length : slash + 1;
      level++;
    }
    const end = wanted.rest ? -1 : topic.indexOf('/', at);
    params[wanted.name] = topic.slice(at, end < 0 ? topic.length : end);
  }
  return params;
}

/** Whether a level begins with a wildcard and goes on. */
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
    `The filter "${piece(template)}" ${what}: a named wildcard is "+" or, as the last level, "#", with an identifier of its own, as in ` +
      `"devices/+id/#rest".`,
    { subject: template },
  );
}
