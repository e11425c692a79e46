import type { Observable, SchedulerLike } from 'rxjs';
import { stuckWindow } from '../../../operators/liveness/stuck-window.js';
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
  /** ms */
  readonly ackWarnAfter: number;
  readonly scheduler: SchedulerLike;
}

/** Applies only while reading pauses. With 5.0 and a Receive Maximum the broker stops sending first, and acknowledgements still arrive. */
const ACKS_UNREAD =
  '. Meanwhile the acknowledgements of published messages are not read, so a handler that waits for one waits forever. ' +
  "Set 'properties.receiveMaximum' below the 'buffer' (5.0), or publish with another client";

/** Warns when no more messages can arrive because none is acknowledged. Emits nothing. */
export function stuckWarning(config: StuckWarningConfig): Observable<never> {
  const { session, unacknowledged, receivePressure, warnings, ackWarnAfter, scheduler } = config;
  return stuckWindow({
    isFull: () => unacknowledged.size > 0 && (receivePressure.isHigh || session.receiver.isFull),
    progress: () => unacknowledged.closedCount,
    after: ackWarnAfter,
    scheduler,
    onStuck: () => {
      const { oldest, age, size } = unacknowledged;
      const { message, filters } = oldest!;
      const consequence = receivePressure.isHigh && session.oldestUnacknowledged !== undefined ? ACKS_UNREAD : '';
      const why = receivePressure.isHigh ? 'this client has stopped reading' : 'the broker has stopped sending';
      warnings.warn({
        code: 'RECEIVE_WINDOW_STUCK',
        message:
          `${why}: ${size} messages are unacknowledged, and none was acknowledged for ${ackWarnAfter} ms. The oldest is of ` +
          `${quoted(message.topic)}, ${age} ms old: ack() or reject() each message, or give handlers a timeout${consequence}`,
        unacknowledged: size,
        paused: receivePressure.isHigh,
        oldest: { age, topic: message.topic, filters },
      });
    },
  });
}
