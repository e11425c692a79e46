import { type SchedulerLike, Subscription } from 'rxjs';
import type { ConnectPacket, SubscriptionRequest } from '../../packets.js';
import { Outgoing } from './outgoing.js';

/** A subscription of a session. */
export interface Held {
  readonly session: BrokerSession;
  readonly request: SubscriptionRequest;
  readonly identifier: number | undefined;
}

export type Will = NonNullable<ConnectPacket['will']>;

/** A session expiry with which the session does not expire (5.0 section 3.1.2.11.2). */
export const FOREVER = 0xffffffff;

/** ms. A longer timer of the platform would fire immediately, so a longer delay takes several timers. */
const LONGEST_TIMER = 0x7fffffff;

/** The session state of a client (5.0 section 4.1). */
export class BrokerSession {
  readonly clientId: string;
  readonly outgoing: Outgoing;
  readonly subscriptions = new Map<string, Held>();
  /** The packet identifiers of QoS 2 messages between PUBLISH and PUBREL. */
  readonly received = new Set<number>();
  /** s. How long the session outlives its connection. */
  expiry = 0;
  will: Will | undefined;
  /** The current connection. */
  connection: { takeOver(): void } | undefined;

  readonly #scheduler: SchedulerLike;
  #timers = new Subscription();

  constructor(clientId: string, scheduler: SchedulerLike) {
    this.clientId = clientId;
    this.#scheduler = scheduler;
    this.outgoing = new Outgoing(() => scheduler.now());
  }

  /** Runs a task when the session has been without a connection for this number of seconds. */
  after(seconds: number, task: () => void): void {
    if (seconds === 0) return task();
    if (seconds >= FOREVER) return;
    const ms = Math.min(seconds * 1000, LONGEST_TIMER);
    this.#timers.add(this.#scheduler.schedule(() => this.after(seconds - ms / 1000, task), ms));
  }

  /** Cancels these tasks, because the client has reconnected or the session has ended. */
  cancelTimers(): void {
    this.#timers.unsubscribe();
    this.#timers = new Subscription();
  }
}
