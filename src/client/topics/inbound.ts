import type { SchedulerLike } from 'rxjs';
import type { Copies } from '../../protocol/copies.js';
import { Brake } from './brake.js';
import { Deliveries } from './deliveries.js';
import { Dispatcher } from './dispatcher.js';
import { SessionAdvice } from '../connection/session-advice.js';
import type { Trampoline } from '../trampoline.js';
import { type HoldLimits, Unclaimed } from './unclaimed.js';
import { Warnings } from '../warnings.js';

/** What brings messages to their streams, and knows who is still to answer for which. Lives with the client. */
export interface Inbound {
  readonly dispatcher: Dispatcher;
  readonly deliveries: Deliveries;
  readonly unclaimed: Unclaimed;
  readonly brake: Brake;
  readonly warnings: Warnings;
  readonly advice: SessionAdvice;
}

export interface InboundConfig {
  readonly copies: Copies;
  readonly hold: HoldLimits;
  readonly scheduler: SchedulerLike;
  readonly tick: SchedulerLike;
  readonly trampoline: Trampoline;
}

export function inbound(config: InboundConfig): Inbound {
  const warnings = new Warnings();
  const deliveries = new Deliveries(config.scheduler);
  const unclaimed = new Unclaimed({ ...config, deliveries, warnings });
  return {
    dispatcher: new Dispatcher(config.copies, unclaimed),
    deliveries,
    unclaimed,
    brake: new Brake(config.tick),
    warnings,
    advice: new SessionAdvice(warnings),
  };
}
