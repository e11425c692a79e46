import { randomClientId } from '../platform/environment.js';

/** Chooses the client identifier of each attempt. Lives with the client. */
export class ClientIds {
  /** Generated when it is first needed: a client with a configured identifier needs no random source. */
  #random: string | undefined;
  /** Assigned by a broker, because the client sent an empty identifier. */
  #assigned: string | undefined;
  /** The configured identifier that is not to be used any more. */
  #discarded: string | undefined;
  #configured: string | undefined;
  #last: string | undefined;

  /** The identifier of the last attempt. */
  get last(): string {
    return (this.#last ??= this.#generated);
  }

  /** Chooses the identifier of the next attempt. `configured` is the option `clientId`. */
  idFor(configured: string | undefined): string {
    this.#configured = configured === this.#discarded ? undefined : configured;
    this.#last = this.#configured === '' ? (this.#assigned ?? '') : (this.#configured ?? this.#generated);
    return this.#last;
  }

  /** Takes over an identifier that an earlier process had made, or got from the broker. */
  restore(clientId: string): void {
    this.#random = this.#assigned = clientId;
  }

  /** Whether the identifier of the last attempt was not configured: the client generated it, or the broker assigned it. */
  get isGenerated(): boolean {
    return this.#configured === undefined || this.#configured === '';
  }

  get #generated(): string {
    return (this.#random ??= randomClientId());
  }

  assign(id: string | undefined): void {
    this.#assigned = id ?? this.#assigned;
  }

  /** Has the next attempt use another identifier: one that the broker assigns if it assigned the last one, otherwise a random one. */
  renew(): void {
    if (this.#configured === undefined) this.#random = randomClientId();
    else if (this.#configured === '' && this.#assigned !== undefined) this.#assigned = undefined;
    else this.#discarded = this.#configured;
  }
}
