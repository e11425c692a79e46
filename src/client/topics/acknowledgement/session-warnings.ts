import type { NegotiatedLimits } from '../../../state.js';
import type { Warnings } from '../../warnings.js';
import { quoted } from '../../../quoted.js';

export interface SessionListener {
  /** Called when the broker does not have the earlier session: there is none, or the client identifier is another one. */
  onSessionLost(): void;
}

export interface SessionWarningsConfig {
  readonly warnings: Warnings;
  /** Undefined while there is nothing that a lost session changes. */
  readonly unroutedIfUsed: SessionListener | undefined;
}

/**
 * Knows whether the session outlives its connection, and warns where manual acknowledgement needs that and the session does not. Lives
 * with the client.
 */
export class SessionWarnings {
  readonly #config: SessionWarningsConfig;
  /** Those of the last connection. */
  #limits: NegotiatedLimits | undefined;
  #hasManualStream = false;
  #hasWarnedOfLoss = false;
  #hasWarnedOfReconnect = false;
  #connections = 0;

  constructor(config: SessionWarningsConfig) {
    this.#config = config;
  }

  /** Whether the session of the last connection outlives that connection. */
  get outlivesConnection(): boolean {
    return this.#limits !== undefined && this.#limits.sessionExpiry > 0;
  }

  /** The number of connections so far. */
  get connections(): number {
    return this.#connections;
  }

  /** Records that a stream with `ack: 'manual'` is subscribed. */
  noteManualStream(): void {
    this.#hasManualStream = true;
    this.#warnIfMessagesCanBeLost();
  }

  recordConnected(limits: NegotiatedLimits, sessionPresent: boolean): void {
    if (!sessionPresent || limits.clientId !== this.#limits?.clientId) this.#config.unroutedIfUsed?.onSessionLost();
    this.#limits = limits;
    this.#connections++;
    this.#warnIfMessagesCanBeLost();
  }

  /** Warns once that a message was left with `reconnectAfter`, although the session ends with the connection. */
  warnOfUselessReconnect(topic: string): void {
    if (this.#hasWarnedOfReconnect) return;
    this.#hasWarnedOfReconnect = true;
    this.#config.warnings.warn({
      code: 'MANUAL_ACK_CLEAN_SESSION',
      message:
        `'reconnectAfter' does not reconnect for a message of ${quoted(topic)}: the session ends with the connection, so the broker would ` +
        "not send it again; set 'clean' to false, or 'sessionExpiry', and a fixed 'clientId'",
    });
  }

  #warnIfMessagesCanBeLost(): void {
    if (this.#hasWarnedOfLoss || !this.#hasManualStream || this.#limits?.sessionExpiry !== 0) return;
    this.#hasWarnedOfLoss = true;
    this.#config.warnings.warn({
      code: 'MANUAL_ACK_CLEAN_SESSION',
      message:
        'messages are acknowledged manually, but the session ends with the connection: what is not acknowledged by then is lost; ' +
        "set 'clean' to false, or 'sessionExpiry', and a fixed 'clientId'",
    });
  }
}
