import { protocolError } from '../violations.js';

/** The topic aliases that the broker gives (5.0 section 3.3.2.3.4). Lives with the connection. */
export class ReceivedAliases {
  readonly #maximum: number;
  readonly #topics = new Map<number, string>();

  /** @param maximum - the Topic Alias Maximum of this client. */
  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** Returns the topic of a PUBLISH with an alias, and remembers the topic of the alias if the packet contains both. Throws PROTOCOL_ERROR. */
  resolve(topic: string, alias: number): string {
    if (alias === 0 || alias > this.#maximum) {
      const what = `topic alias ${alias} is not from 1 to ${this.#maximum}, the Topic Alias Maximum of this client`;
      throw protocolError('PUBLISH', what, 0x94);
    }
    if (topic !== '') this.#topics.set(alias, topic);
    const known = this.#topics.get(alias);
    if (known === undefined) throw protocolError('PUBLISH', `topic alias ${alias} was never given a topic`);
    return known;
  }
}
