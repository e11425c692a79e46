import type { NegotiatedLimits } from '../../../state.js';
import type { Warnings } from '../../warnings.js';
import { quoted } from '../../../quoted.js';

/** Whether the session outlives the connection, and what to say where manual acknowledgement needs that. Lives with the client. */
export class SessionWarnings {
  readonly #warnings: Warnings;
  #manual = false;
  #expiry: number | undefined;
  #clientId: string | undefined;
  #given = false;
  #gaveReconnect = false;
  #connections = 0;

  constructor(warnings: Warnings) {
    this.#warnings = warnings;
  }

  /** The session of the last connection outlives it. */
  get lasts(): boolean {
    return this.#expiry !== undefined && this.#expiry > 0;
  }

  /** How many connections there were. */
  get connections(): number {
    return this.#connections;
  }

  /** A stream with `ack: 'manual'` is there. */
  readonly manual = (): void => {
    this.#manual = true;
    this.#warnIfSessionEnds();
  };

  /** Called when the broker knows nothing of what went before: it has no session, or that of another client id. */
  onSessionLost: () => void = () => undefined;

  connected({ sessionExpiry, clientId }: NegotiatedLimits, sessionPresent: boolean): void {
    if (!sessionPresent || clientId !== this.#clientId) this.onSessionLost();
    this.#clientId = clientId;
    this.#expiry = sessionExpiry;
    this.#connections++;
    this.#warnIfSessionEnds();
  }

  /** A message was left to come again by a new connection, and would be lost with this one. Says so once. */
  reconnectInVain(topic: string): void {
    if (this.#gaveReconnect) return;
    this.#gaveReconnect = true;
    this.#warnings.warn({
      code: 'MANUAL_ACK_CLEAN_SESSION',
      message:
        `'reconnectAfter' does not reconnect for a message of ${quoted(topic)}: the session ends with the connection, so the broker would ` +
        "not send it again. Set 'clean' to false, or 'sessionExpiry', and a fixed 'clientId'",
    });
  }

  #warnIfSessionEnds(): void {
    if (this.#given || !this.#manual || this.#expiry !== 0) return;
    this.#given = true;
    this.#warnings.warn({
      code: 'MANUAL_ACK_CLEAN_SESSION',
      message:
        'messages are acknowledged by hand, but the session ends with the connection: what is not acknowledged by then is lost. ' +
        "Set 'clean' to false, or 'sessionExpiry', and a fixed 'clientId'",
    });
  }
}
