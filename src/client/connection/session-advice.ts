import type { NegotiatedLimits } from '../../state.js';
import type { Warnings } from '../warnings.js';

/** Says once that manual acknowledgement needs a session that outlives the connection. Lives with the client. */
export class SessionAdvice {
  readonly #warnings: Warnings;
  #manual = false;
  #sessionEnds = false;
  #given = false;

  constructor(warnings: Warnings) {
    this.#warnings = warnings;
  }

  /** A stream with `ack: 'manual'` is there. */
  readonly manual = (): void => {
    this.#manual = true;
    this.#look();
  };

  connected({ sessionExpiry }: NegotiatedLimits): void {
    this.#sessionEnds = sessionExpiry === 0;
    this.#look();
  }

  #look(): void {
    if (this.#given || !this.#manual || !this.#sessionEnds) return;
    this.#given = true;
    this.#warnings.warn({
      code: 'MANUAL_ACK_CLEAN_SESSION',
      message:
        'messages are acknowledged by hand, but the session ends with the connection: what is not acknowledged by then is lost. ' +
        "Set 'clean' to false, or 'sessionExpiry', and a fixed 'clientId'",
    });
  }
}
