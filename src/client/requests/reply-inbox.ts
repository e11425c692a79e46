import { Observable, type SchedulerLike, type Subscriber, ignoreElements, share, tap, timer } from 'rxjs';
import type { MqttMessage } from '../../message.js';
import { replyKeyOf } from './addresses.js';

/** ms without a request after which the replies are unsubscribed. */
const LINGER = 60_000;

/** The replies of one filter: all requests share one `topic$`, and each reply goes to the request that it answers. */
export class ReplyInbox {
  readonly #subscribers = new Map<string, Subscriber<MqttMessage>>();

  /** Keeps the filter subscribed. Emits nothing; completes or errors as its `topic$` does. */
  readonly open$: Observable<never>;

  /** @param emitUnrouted - called with each reply that answers no open request. */
  constructor(reply$: Observable<MqttMessage>, scheduler: SchedulerLike, emitUnrouted: (reply: MqttMessage) => void) {
    this.open$ = reply$.pipe(
      tap(reply => {
        const subscriber = this.#subscribers.get(replyKeyOf(reply));
        if (subscriber === undefined) emitUnrouted(reply);
        else subscriber.next(reply);
      }),
      ignoreElements(),
      share({ resetOnRefCountZero: () => timer(LINGER, scheduler) }),
    );
  }

  /** Emits the replies to one request. */
  replies$(key: string): Observable<MqttMessage> {
    return new Observable(subscriber => {
      this.#subscribers.set(key, subscriber);
      subscriber.add(() => this.#subscribers.delete(key));
      this.open$.subscribe(subscriber);
    });
  }
}
