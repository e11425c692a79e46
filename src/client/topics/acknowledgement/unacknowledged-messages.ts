import type { Observable, SchedulerLike } from 'rxjs';
import type { MqttMessage } from '../../../message.js';
import type { StoreChange } from '../../../stored-session.js';
import { InboundMessage, type InboundMessageListener } from '../../../protocol/inbound/inbound-message.js';
import type { Receiver } from '../../../protocol/inbound/receiver.js';
import { Unicast } from '../../streams/unicast.js';
import { LateSet } from '../../../protocol/collections/late-map.js';

/** Which acknowledgements of a receiver wait for those of earlier messages, and how programs store them. */
export type AckBlocking = Pick<Receiver, 'blockedCount' | 'isBlocked'> &
  Partial<Pick<Receiver, 'receiptChangeOf' | 'adoptReceipt'>>;

export interface UnacknowledgedListener {
  /** Called when a message is available to other streams: no subscriber has a ticket for it, or one has left it. */
  onAvailable(inbound: InboundMessage): void;
  /** Called when a message is no longer in the collection, because it is settled or void. */
  onRemoved(inbound: InboundMessage): void;
}

/** All messages that subscribers still have to acknowledge. Lives with the client. */
export class UnacknowledgedMessages implements InboundMessageListener {
  readonly #scheduler: SchedulerLike;
  readonly #receiver: AckBlocking;
  /** In the order of arrival. */
  readonly #messages = new LateSet<InboundMessage>();
  readonly #begun$ = new Unicast<void>();
  #closedCount = 0;

  listener: UnacknowledgedListener | undefined;

  constructor(scheduler: SchedulerLike, receiver: AckBlocking) {
    this.#scheduler = scheduler;
    this.#receiver = receiver;
  }

  /** Emits when there is a message after there was none. For the connection that warns of a stuck window. */
  get begun$(): Observable<void> {
    return this.#begun$;
  }

  get size(): number {
    return this.#messages.size;
  }

  /** The number of messages that were settled or became void. It grows whenever subscribers make progress. */
  get closedCount(): number {
    return this.#closedCount;
  }

  get oldest(): InboundMessage | undefined {
    return this.#messages.values().next().value;
  }

  /** The age of the oldest message in ms; 0 when there is none. */
  get age(): number {
    const { oldest } = this;
    return oldest === undefined ? 0 : this.#scheduler.now() - oldest.since;
  }

  /** The number of acknowledgements that wait only for earlier messages, which were left. */
  get blockedCount(): number {
    return this.#receiver.blockedCount;
  }

  /** Iterates in the order of arrival, and also visits the messages that arrive during the iteration. */
  [Symbol.iterator](): Iterator<InboundMessage> {
    return this.#messages.values();
  }

  /** Adds a message that stays here until it is settled or void. */
  track(message: MqttMessage): InboundMessage {
    const inbound = new InboundMessage(message, this.#scheduler.now(), this);
    this.#messages.add(inbound);
    if (this.#messages.size === 1) this.#begun$.next();
    return inbound;
  }

  onUnclaimed(inbound: InboundMessage): void {
    this.listener?.onAvailable(inbound);
  }

  onClosed(inbound: InboundMessage): void {
    this.#messages.delete(inbound);
    this.#closedCount++;
    this.listener?.onRemoved(inbound);
  }

  isHeldUp({ message }: InboundMessage): boolean {
    return this.#receiver.isBlocked(message);
  }

  receiptOf({ message }: InboundMessage): StoreChange | undefined {
    return this.#receiver.receiptChangeOf?.(message);
  }

  onStored(inbound: InboundMessage): void {
    this.#receiver.adoptReceipt?.(inbound);
  }
}
