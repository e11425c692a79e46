import type { Observable, SchedulerLike } from 'rxjs';
import { type Window, stuckWindow } from '../../../operators/liveness/stuck-window.js';
import type { Session } from '../../../protocol/session.js';
import type { ReceivePressure } from './receive-pressure.js';
import type { UnacknowledgedMessages } from './unacknowledged-messages.js';
import type { Warnings } from '../../warnings.js';
import { quoted } from '../../../quoted.js';

export interface StuckWarningConfig {
  readonly session: Pick<Session, 'receiver' | 'oldestUnacknowledged'>;
  readonly unacknowledged: UnacknowledgedMessages;
  readonly receivePressure: ReceivePressure;
  readonly warnings: Warnings;
  readonly options: {
    /** ms */
    readonly ackWarnAfter: number;
  };
  readonly scheduler: SchedulerLike;
}

/** Applies only while reading pauses. With 5.0 and a Receive Maximum the broker stops sending first, and acknowledgements still arrive. */
const ACKS_UNREAD = {
  consequence:
    '; the acknowledgements of published messages are not read either, so that a handler that waits for one waits forever',
  remedy: ", and set 'properties.receiveMaximum' below the 'buffer' (5.0), or publish with another client",
};

/** Warns when no more messages can arrive because none is acknowledged. Emits nothing. */
export const stuckWarning = (config: StuckWarningConfig): Observable<never> =>
  stuckWindow(new UnacknowledgedWindow(config), config.options.ackWarnAfter, config.scheduler);

class UnacknowledgedWindow implements Window {
  readonly #config: StuckWarningConfig;

  constructor(config: StuckWarningConfig) {
    this.#config = config;
  }

  get begin$(): Observable<unknown> {
    return this.#config.unacknowledged.begun$;
  }

  get isEmpty(): boolean {
    return this.#config.unacknowledged.size === 0;
  }

  get isFull(): boolean {
    const { receivePressure, session } = this.#config;
    return !this.isEmpty && (receivePressure.isHigh || session.receiver.isFull);
  }

  get progress(): number {
    return this.#config.unacknowledged.closedCount;
  }

  onStuck(): void {
    const { session, unacknowledged, receivePressure, warnings, options } = this.#config;
    const { ackWarnAfter } = options;
    const { oldest, age, size } = unacknowledged;
    const { message, filters } = oldest!;
    const acksUnread = receivePressure.isHigh && session.oldestUnacknowledged !== undefined;
    const { consequence, remedy } = acksUnread ? ACKS_UNREAD : { consequence: '', remedy: '' };
    const why = receivePressure.isHigh ? 'this client has stopped reading' : 'the broker has stopped sending';
    warnings.warn({
      code: 'RECEIVE_WINDOW_STUCK',
      message:
        `${why}, because ${size} messages are unacknowledged and none was acknowledged for ${ackWarnAfter} ms ` +
        `(the oldest is of ${quoted(message.topic)} and ${age} ms old)${consequence}: ack() or reject() each message, or give ` +
        `handlers a timeout${remedy}`,
      unacknowledged: size,
      paused: receivePressure.isHigh,
      oldest: { age, topic: message.topic, filters },
    });
  }
}
