import { MqttError } from '../../errors.js';
import type { UserProperties } from '../../message.js';
import { TopicPrefixes } from '../../protocol/topics/prefixes.js';
import { piece, quoted, wordsOf } from '../../quoted.js';
import type { TraceError } from '../trace-event.js';
import { PayloadRecorder } from './payload-recorder.js';
import type { TraceOptions } from './trace-options.js';

/** What stands for something that a trace leaves out. */
export const LEFT_OUT = '...';

const tellsOfCredential =
  /auth|token|passw|passphrase|secret|credential|cookie|signature|api[-_ ]?key|private[-_ ]?key|session[-_ ]?id/i;

/** Leaves out of the parts of events what the options say, and all credentials. */
export class Redactor {
  readonly #topics: ((topic: string) => string) | undefined;
  readonly #userProperty: (name: string, value: string) => string;
  readonly payloads: PayloadRecorder;

  constructor({ topics, userProperties, payloads }: TraceOptions) {
    this.#topics = topics;
    this.#userProperty = userProperties ?? ((name, value) => (tellsOfCredential.test(name) ? LEFT_OUT : value));
    this.payloads = new PayloadRecorder(payloads);
  }

  readonly topic = (topic: string): string => {
    // The topic is empty where a topic alias stands for it.
    if (this.#topics === undefined || topic === '') return topic;
    const prefix = TopicPrefixes.known.lengthOf(topic);
    const changed: unknown = this.#topics(topic.slice(prefix));
    if (typeof changed === 'string') return topic.slice(0, prefix) + changed;
    throw new MqttError(
      'INVALID_ARGUMENT',
      `option 'topics' of a trace returned ${typeof changed} for a topic; it must return text`,
      { subject: 'topics' },
    );
  };

  readonly userProperties = (properties: UserProperties): UserProperties =>
    properties.map(([name, value]) => [name, this.#userProperty(name, value)]);

  /** Returns a URL without what may be a credential: user info, and the values of a query, which may be signed. */
  readonly url = (url: string): string => withoutSecrets(url);

  /** Returns a text of the broker. */
  readonly foreignText = (text: string): string => (this.#topics === undefined ? withoutSecrets(text) : LEFT_OUT);

  /** Returns the words of an error of the application, which may hold a payload. */
  readonly foreignError = (error: unknown): string =>
    this.payloads.isFull ? this.foreignText(wordsOf(error)) : LEFT_OUT;

  /**
   * Returns a text of this library.
   *
   * @param topics - the topics and filters that it may quote.
   * @param foreign - texts of others that it may contain.
   */
  text(text: string, topics: readonly string[], foreign: readonly string[] = []): string {
    const safe = withoutSecrets(text);
    return this.#topics === undefined ? safe : this.#withoutQuotes(safe, topics, foreign);
  }

  error(error: MqttError, topics: readonly string[] = []): TraceError {
    const { code, message, reasonCode, phase, retryable, reasonString, subject, cause } = error;
    const known = subject === undefined ? topics : [...topics, subject];
    const foreign = [reasonString, cause instanceof Error ? cause.message : undefined].filter(isText).map(piece);
    const causes = cause === undefined ? foreign : [...foreign, wordsOf(cause)];
    return {
      code,
      message: this.text(message, known, causes),
      ...(reasonCode === undefined ? {} : { reasonCode }),
      ...(phase === undefined ? {} : { phase }),
      ...(retryable ? { retryable } : {}),
    };
  }

  #withoutQuotes(text: string, topics: readonly string[], foreign: readonly string[]): string {
    const ownWords = foreign
      .filter(words => words !== '')
      .reduce((rest, words) => rest.replaceAll(words, LEFT_OUT), text);
    // The topics that are known keep their place. What else is quoted may be a part of one.
    const known = [...new Set(topics)].filter(topic => ownWords.includes(quoted(topic)));
    const marked = known.reduce((rest, topic, i) => rest.replaceAll(quoted(topic), `\0${i}\0`), ownWords);
    const first = marked.search(/(^|[^\p{L}\p{N}])'/u);
    const last = marked.lastIndexOf("'");
    const unquoted = first < 0 ? marked : `${marked.slice(0, first)} ${LEFT_OUT}${marked.slice(last + 1)}`.trim();
    return unquoted.replace(/\0(\d+)\0/g, (_, i: string) => quoted(this.topic(known[Number(i)]!)));
  }
}

const isText = (text: string | undefined): text is string => text !== undefined;

/** Returns a text without what may be a credential: in its URLs user info and queries, and the user name of a refusal (S147). */
function withoutSecrets(text: string): string {
  const [before, ...urls] = text.split('://');
  return withoutUserName([before, ...urls.map(afterScheme)].join('://'));
}

/** Returns what follows `://`, without what stands before the last @ and after the ? of the URL. */
function afterScheme(rest: string): string {
  const end = rest.search(/[\s'"]/);
  const url = end < 0 ? rest : rest.slice(0, end);
  const [address = '', ...query] = url.split('?');
  const host = address.slice(address.lastIndexOf('@') + 1);
  return `${host}${query.join('') === '' ? '' : `?${LEFT_OUT}`}${rest.slice(url.length)}`;
}

const USER_NAME = "the user name '";

/** The user name may contain quotes, so it ends at the last one that the words after it follow. */
function withoutUserName(text: string): string {
  const start = text.indexOf(USER_NAME);
  if (start < 0) return text;
  const end = Math.max(text.lastIndexOf("' and "), text.lastIndexOf("' from "));
  return end < start ? text : `${text.slice(0, start)}${USER_NAME}${LEFT_OUT}${text.slice(end)}`;
}
