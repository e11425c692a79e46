import type { SchedulerLike, Subject } from 'rxjs';
import type { Session } from '../protocol/session.js';
import type { AckEvent, PacketEvent } from '../results.js';
import type { Inbound } from './topics/inbound.js';
import type { Meter } from './meter.js';
import type { Publisher } from './publishing/publisher.js';
import type { ClientOptions } from './options/resolve-options.js';
import type { Signal } from './signal.js';
import type { FailureLog } from './connection/failure-log.js';
import type { LifeSignal } from './connection/signals.js';
import type { Topics } from './topics/topics.js';
import type { Trampoline } from './trampoline.js';

/** What lives with the client, and what every one of its connections works with. */
export interface Parts extends Inbound {
  readonly options: ClientOptions;
  readonly scheduler: SchedulerLike;
  /** Runs things at the end of the present turn. */
  readonly tick: SchedulerLike;
  readonly trampoline: Trampoline;
  readonly session: Session;
  readonly publisher: Publisher;
  readonly ack$: Subject<AckEvent>;
  readonly topics: Topics;
  readonly meter: Meter;
  readonly failures: FailureLog;
  readonly packet$: Subject<PacketEvent>;
  /** What the platform and the clock tell, while the client is open. */
  readonly signal$: Subject<LifeSignal>;
  /** There may be something to send. */
  readonly wake: Signal;
  /** Acknowledgements that waited may go out. */
  readonly ackReady: Signal;
  /** What is subscribed to may have changed. */
  readonly resubscribe: Signal;
}
