import { Observable, type SchedulerLike, type Subscriber, ignoreElements, share, tap, timer } from 'rxjs';
import type { MqttMessage } from '../../message.js';
import { keyOf } from './addresses.js';

/** ms without a request until the replies are unsubscribed. */
const LINGER = 60_000;

/** The replies that come by one filter: one `topic$` for all requests, and each reply goes to the one that it answers. */
export class ReplyInbox {
  readonly #waiting = new Map<string, Subscriber<MqttMessage>>();

  /** Keeps the filter subscribed. Emits nothing; ends as its `topic$` does. */
  readonly open$: Observable<never>;

  /**
   * @param unrouted - takes what answers no request that still waits.
   */
  constructor(reply$: Observable<MqttMessage>, scheduler: SchedulerLike, unrouted: (reply: MqttMessage) => void) {
    this.open$ = reply$.pipe(
      tap(reply => {
        const request = this.#waiting.get(keyOf(reply));
        if (request === undefined) unrouted(reply);
        else request.next(reply);
      }),
      ignoreElements(),
      share({ resetOnRefCountZero: () => timer(LINGER, scheduler) }),
    );
  }

  /** The replies to one request. */
  replies$(key: string): Observable<MqttMessage> {
    return new Observable(subscriber => {
      this.#waiting.set(key, subscriber);
      subscriber.add(() => this.#waiting.delete(key));
      this.open$.subscribe(subscriber);
    });
  }
}
