import { type SchedulerLike, Subscription } from 'rxjs';
import type { ConnectPacket, SubscriptionRequest } from '../../packets.js';
import { Outgoing } from './outgoing.js';

/** A subscription that the broker holds. */
export interface Held {
  readonly session: BrokerSession;
  readonly request: SubscriptionRequest;
  readonly identifier: number | undefined;
}

export type Will = NonNullable<ConnectPacket['will']>;

/** For ever (5.0 section 3.1.2.11.2). */
export const FOREVER = 0xffffffff;

/** ms; a longer timer of the platform fires at once. It is set again when it is over. */
const LONGEST_TIMER = 0x7fffffff;

/** What the broker keeps of a client (5.0 section 4.1). */
export class BrokerSession {
  readonly clientId: string;
  readonly outgoing: Outgoing;
  readonly subscriptions = new Map<string, Held>();
  /** QoS 2 identifiers between PUBLISH and PUBREL. */
  readonly received = new Set<number>();
  /** s; how long it outlives its connection. */
  expiry = 0;
  will: Will | undefined;
  /** Ends the connection that it has now. */
  connection: { takeOver(): void } | undefined;

  readonly #scheduler: SchedulerLike;
  #timers = new Subscription();

  constructor(clientId: string, scheduler: SchedulerLike) {
    this.clientId = clientId;
    this.#scheduler = scheduler;
    this.outgoing = new Outgoing(() => scheduler.now());
  }

  /** Runs when the session has been without a connection for so many seconds. */
  after(seconds: number, task: () => void): void {
    if (seconds === 0) return task();
    if (seconds >= FOREVER) return;
    const ms = Math.min(seconds * 1000, LONGEST_TIMER);
    this.#timers.add(this.#scheduler.schedule(() => this.after(seconds - ms / 1000, task), ms));
  }

  /** The client is back, or the session is over. */
  stopWaiting(): void {
    this.#timers.unsubscribe();
    this.#timers = new Subscription();
  }
}
