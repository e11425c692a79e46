import { type Observable, type SchedulerLike, distinctUntilChanged, map, timer } from 'rxjs';
import type { Session } from '../protocol/session.js';
import type { ClientStats } from '../results.js';

/** ms between two looks. */
const SAMPLING = 1000;

/** What `stats$` shows. Lives with the client; costs nothing unobserved. */
export class Meter {
  #roundTrip: number | undefined;
  #connections = 0;
  /** Of the present connection. */
  #unsentBytes: () => number = () => 0;

  readonly roundTrip = (ms: number): void => {
    this.#roundTrip = ms;
  };

  connected(unsentBytes: () => number): void {
    this.#connections++;
    this.#unsentBytes = unsentBytes;
  }

  disconnected(): void {
    this.#unsentBytes = () => 0;
  }

  stats$(session: Session, scheduler: SchedulerLike): Observable<ClientStats> {
    return timer(0, SAMPLING, scheduler).pipe(
      map(() => this.#look(session)),
      distinctUntilChanged((a, b) => JSON.stringify(a) === JSON.stringify(b)),
    );
  }

  #look({ sender, nextPacketId }: Session): ClientStats {
    return {
      inFlight: sender.inFlight.size,
      queued: { messages: sender.queue.length, bytes: sender.queue.bytes },
      unsentBytes: this.#unsentBytes(),
      roundTrip: this.#roundTrip,
      reconnects: Math.max(0, this.#connections - 1),
      nextPacketId,
    };
  }
}
