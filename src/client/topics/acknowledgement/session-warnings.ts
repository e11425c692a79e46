import type { ConnectionRecord } from '../../connection-record.js';
import type { Warnings } from '../../warnings.js';
import { quoted } from '../../../quoted.js';

export interface SessionWarningsConfig {
  readonly connections: ConnectionRecord;
  readonly warnings: Warnings;
}

/** Warns where manual acknowledgement needs a session that outlives its connection, and the session does not. Lives with the client. */
export class SessionWarnings {
  readonly #config: SessionWarningsConfig;
  #hasManualStream = false;
  #hasWarnedOfLoss = false;
  #hasWarnedOfReconnect = false;

  constructor(config: SessionWarningsConfig) {
    this.#config = config;
  }

  /** Records that a stream with `ack: 'manual'` is subscribed. */
  noteManualStream(): void {
    this.#hasManualStream = true;
    this.warnIfMessagesCanBeLost();
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

  /** Warns once, when there is a manual stream and the present session ends with its connection. */
  warnIfMessagesCanBeLost(): void {
    if (this.#hasWarnedOfLoss || !this.#hasManualStream) return;
    if (this.#config.connections.limits?.sessionExpiry !== 0) return;
    this.#hasWarnedOfLoss = true;
    this.#config.warnings.warn({
      code: 'MANUAL_ACK_CLEAN_SESSION',
      message:
        'messages are acknowledged manually, but the session ends with the connection: what is not acknowledged by then is lost; ' +
        "set 'clean' to false, or 'sessionExpiry', and a fixed 'clientId'",
    });
  }
}
