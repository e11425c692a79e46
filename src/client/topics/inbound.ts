import type { SchedulerLike } from 'rxjs';
import type { OverlapDedup } from '../../protocol/subscriptions/overlap-dedup.js';
import { ReceivePressure } from './acknowledgement/receive-pressure.js';
import { UnacknowledgedMessages, type AckBlocking } from './acknowledgement/unacknowledged-messages.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import { Dispatcher } from './dispatcher.js';
import { LeftMessages } from './acknowledgement/left-messages.js';
import { RefusedWarning } from './refused-warning.js';
import { SessionWarnings } from './acknowledgement/session-warnings.js';
import type { Trampoline } from '../trampoline.js';
import type { HoldLimits } from '../options/resolve-options.js';
import { UnroutedMessages } from './unrouted-messages.js';
import { Warnings } from '../warnings.js';

/** The objects that give incoming messages to their streams and track who has to acknowledge them. Lives with the client. */
export interface Inbound {
  readonly dispatcher: Dispatcher;
  readonly unacknowledged: UnacknowledgedMessages;
  readonly leftMessages: LeftMessages;
  readonly unrouted: UnroutedMessages;
  readonly refused: RefusedWarning;
  readonly receivePressure: ReceivePressure;
  readonly warnings: Warnings;
  readonly sessionWarnings: SessionWarnings;
  readonly instrumentation: Instrumentation;
}

export interface InboundConfig {
  readonly instrumentation: Instrumentation;
  readonly overlapDedup: OverlapDedup;
  readonly receiver: AckBlocking;
  readonly hold: HoldLimits;
  /** ms */
  readonly ackWarnAfter: number;
  /** Default: the console. */
  readonly warn?: (words: string) => void;
  readonly scheduler: SchedulerLike;
  readonly tick: SchedulerLike;
  readonly trampoline: Trampoline;
}

export function createInbound(config: InboundConfig): Inbound {
  const { instrumentation, overlapDedup, receiver, hold, ackWarnAfter, scheduler, tick, trampoline } = config;
  const warnings = new Warnings(config.warn);
  const sessionWarnings = new SessionWarnings(warnings);
  const unacknowledged = new UnacknowledgedMessages(scheduler, receiver);
  const receivePressure = new ReceivePressure(tick);
  const leftMessages = new LeftMessages({
    unacknowledged,
    receivePressure,
    sessionWarnings,
    warnings,
    ackWarnAfter,
    scheduler,
  });
  const unrouted = new UnroutedMessages({
    hold,
    unacknowledged,
    leftMessages,
    sessionWarnings,
    overlapDedup,
    scheduler,
    tick,
    trampoline,
    warnings,
  });
  return {
    dispatcher: new Dispatcher(overlapDedup, unrouted, instrumentation),
    unacknowledged,
    leftMessages,
    unrouted,
    refused: new RefusedWarning(warnings),
    receivePressure,
    warnings,
    sessionWarnings,
    instrumentation,
  };
}
