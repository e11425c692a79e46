import { type Observable, type SchedulerLike, distinctUntilChanged, map, switchMap, timer } from 'rxjs';
import type { Session } from '../protocol/session.js';
import type { ClientStats } from '../results.js';
import type { ConnectionRecord } from './connection-record.js';
import type { ReceivePressure } from './topics/acknowledgement/receive-pressure.js';
import type { UnacknowledgedMessages } from './topics/acknowledgement/unacknowledged-messages.js';

/** ms between two samples. */
const SAMPLING_INTERVAL = 1000;

export interface MeterConfig {
  readonly session: Session;
  readonly connections: ConnectionRecord;
  readonly unacknowledged: UnacknowledgedMessages;
  readonly receivePressure: ReceivePressure;
  readonly scheduler: SchedulerLike;
}

/** Measures what `stats$` emits, only while it is subscribed. Lives with the client. */
export class Meter {
  readonly #config: MeterConfig;

  constructor(config: MeterConfig) {
    this.#config = config;
  }

  /** @param isOpen$ - stops the timer of a closed client: its figures do not change, and a timer keeps the process alive. */
  stats(isOpen$: Observable<boolean>): Observable<ClientStats> {
    const { scheduler } = this.#config;
    return isOpen$.pipe(
      switchMap(isOpen => (isOpen ? timer(0, SAMPLING_INTERVAL, scheduler) : timer(0, scheduler))),
      map(() => this.#sample()),
      distinctUntilChanged((a, b) => JSON.stringify(a) === JSON.stringify(b)),
    );
  }

  #sample(): ClientStats {
    const { session, connections, unacknowledged, receivePressure } = this.#config;
    const { sender, nextPacketId } = session;
    return {
      inFlight: sender.inFlight.size,
      queued: { messages: sender.queue.length, bytes: sender.queue.bytes },
      unsentBytes: connections.unsentBytes,
      roundTrip: connections.roundTrip,
      reconnects: Math.max(0, connections.count - 1),
      nextPacketId,
      unacknowledged: unacknowledged.size,
      oldestUnacknowledged: unacknowledged.age,
      paused: receivePressure.isHigh,
    };
  }
}
