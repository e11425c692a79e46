import type { SchedulerLike } from 'rxjs';
import type { Copies } from '../../protocol/copies.js';
import { Brake } from './brake.js';
import { Deliveries, type HoldUps } from './deliveries.js';
import { Dispatcher } from './dispatcher.js';
import { LeftMessages } from './left-messages.js';
import { RefusedWarning } from './refused-warning.js';
import { SessionAdvice } from '../connection/session-advice.js';
import type { Trampoline } from '../trampoline.js';
import { type HoldLimits, Unclaimed } from './unclaimed.js';
import { Warnings } from '../warnings.js';

/** What brings messages to their streams, and knows who is still to answer for which. Lives with the client. */
export interface Inbound {
  readonly dispatcher: Dispatcher;
  readonly deliveries: Deliveries;
  readonly left: LeftMessages;
  readonly unclaimed: Unclaimed;
  readonly refused: RefusedWarning;
  readonly brake: Brake;
  readonly warnings: Warnings;
  readonly advice: SessionAdvice;
}

export interface InboundConfig {
  readonly copies: Copies;
  readonly receiver: HoldUps;
  readonly hold: HoldLimits;
  /** ms */
  readonly ackWarnAfter: number;
  /** Default: the console. */
  readonly warn?: (words: string) => void;
  readonly scheduler: SchedulerLike;
  readonly tick: SchedulerLike;
  readonly trampoline: Trampoline;
}

export function inbound(config: InboundConfig): Inbound {
  const { copies, receiver, scheduler, tick } = config;
  const warnings = new Warnings(config.warn);
  const advice = new SessionAdvice(warnings);
  const deliveries = new Deliveries(scheduler, receiver);
  const brake = new Brake(tick);
  const left = new LeftMessages({ ...config, deliveries, brake, advice, warnings });
  const unclaimed = new Unclaimed({ ...config, deliveries, left, advice, warnings });
  return {
    dispatcher: new Dispatcher(copies, unclaimed),
    deliveries,
    left,
    unclaimed,
    refused: new RefusedWarning(warnings),
    brake,
    warnings,
    advice,
  };
}
