import { Observable, ReplaySubject, type Subscriber, type Subscription, delay, noop, take } from 'rxjs';
import type { SharedPort } from '../port.js';
import { type Close, tabMessageOf } from './messages.js';
import type { Channel, TabPlatform } from './platform.js';
import { holdLock, requireLocks } from './web-locks.js';

/** ms for which the port of a peer whose lock is free stays open. Its last messages take another way, and can be slower than its lock. */
const LATE_MESSAGES = 100;

const CLOSE: Close = { rxjsMqtt: 'close' };

/** A port over a channel on which both sides have introduced themselves. */
export class ChannelPort implements SharedPort {
  readonly data$: Observable<unknown>;
  readonly closed$: Observable<void>;
  readonly #channel: Channel;
  readonly #closed$ = new ReplaySubject<void>(1);
  readonly #watch: Subscription;
  /** What has come before data$ is subscribed. */
  #early: unknown[] = [];
  #subscriber: Subscriber<unknown> | undefined;
  #isClosed = false;

  /** @param peer - the Web Lock that the other side holds while it lives. */
  constructor(channel: Channel, peer: string, { locks, scheduler }: Pick<TabPlatform, 'locks' | 'scheduler'>) {
    this.#channel = channel;
    this.data$ = new Observable(subscriber => this.#deliverTo(subscriber));
    this.closed$ = this.#closed$.asObservable();
    this.#watch = holdLock(requireLocks(locks), peer)
      .pipe(take(1), delay(LATE_MESSAGES, scheduler))
      // a page that is being unloaded gets no locks, and needs none
      .subscribe({ next: () => this.end(), error: noop });
    channel.onmessage = ({ data }) => {
      if (tabMessageOf(data)?.rxjsMqtt === 'close') this.end();
      else if (this.#subscriber === undefined) this.#early.push(data);
      else this.#subscriber.next(data);
    };
  }

  postMessage(data: unknown, transfer: Transferable[] = []): void {
    if (!this.#isClosed) this.#channel.postMessage(data, transfer);
  }

  close(): void {
    if (this.#shut()) this.#closed$.complete();
  }

  /** Closes the port, and has `closed$` say so on this side, too. */
  end(): void {
    if (!this.#shut()) return;
    this.#closed$.next();
    this.#closed$.complete();
  }

  #deliverTo(subscriber: Subscriber<unknown>): void {
    this.#subscriber = subscriber;
    for (const data of this.#early) subscriber.next(data);
    this.#early = [];
    if (this.#isClosed) subscriber.complete();
  }

  /** Closes the channel. Returns false if it was closed before. */
  #shut(): boolean {
    if (this.#isClosed) return false;
    this.#channel.postMessage(CLOSE);
    this.#isClosed = true;
    this.#watch.unsubscribe();
    this.#channel.onmessage = null;
    this.#channel.close();
    this.#subscriber?.complete();
    return true;
  }
}
