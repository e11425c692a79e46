import { randomClientId } from '../platform/environment.js';

/** Which client id an attempt uses, and whose it is. Lives with the client. */
export class ClientIds {
  /** Made when it is needed: who gives an id of his own needs no chance. */
  #random: string | undefined;
  /** Given by a broker to a client that asked for it with an empty id. */
  #assigned: string | undefined;
  /** Given by the user, and not to be used any more. */
  #discarded: string | undefined;
  #asked: string | undefined;
  #last: string | undefined;

  /** The id of the last attempt. */
  get last(): string {
    return (this.#last ??= this.#ours);
  }

  /** The id of the next attempt; `asked` is the option. */
  of(asked: string | undefined): string {
    this.#asked = asked === this.#discarded ? undefined : asked;
    this.#last = this.#asked === '' ? (this.#assigned ?? '') : (this.#asked ?? this.#ours);
    return this.#last;
  }

  /** Whether the id of the last attempt was not the user's own. */
  get isOurs(): boolean {
    return this.#asked === undefined || this.#asked === '';
  }

  get #ours(): string {
    return (this.#random ??= randomClientId());
  }

  assign(id: string | undefined): void {
    this.#assigned = id ?? this.#assigned;
  }

  /** The next attempt uses another one than the last: the broker assigns another if it did before, otherwise a random one. */
  renew(): void {
    if (this.#asked === undefined) this.#random = randomClientId();
    else if (this.#asked === '' && this.#assigned !== undefined) this.#assigned = undefined;
    else this.#discarded = this.#asked;
  }
}
