import type { Observable, SchedulerLike } from 'rxjs';
import type { MqttMessage } from '../../../message.js';
import type { StoreChange } from '../../../stored-session.js';
import { InboundMessage, type InboundMessageListener } from '../../../protocol/inbound/inbound-message.js';
import type { Receiver } from '../../../protocol/inbound/receiver.js';
import { Unicast } from '../../streams/unicast.js';

/** Which acknowledgements of a receiver wait for those of earlier messages, and how programs store them. */
type AckBlocking = Pick<Receiver, 'blockedCount' | 'isBlocked'> &
  Partial<Pick<Receiver, 'receiptChangeOf' | 'adoptReceipt'>>;

export interface UnacknowledgedListener {
  /** Called when a message is available to other streams: no subscriber has a ticket for it, or one has left it. */
  onAvailable(inbound: InboundMessage): void;
  /** Called when a message is no longer in the collection, because it is settled or void. */
  onRemoved(inbound: InboundMessage): void;
}

export interface UnacknowledgedMessagesConfig {
  readonly session: { readonly receiver: AckBlocking };
  readonly scheduler: SchedulerLike;
  readonly unrouted: UnacknowledgedListener;
}

/** All messages that subscribers still have to acknowledge. Lives with the client. */
export class UnacknowledgedMessages implements InboundMessageListener {
  readonly #config: UnacknowledgedMessagesConfig;
  readonly #begun$ = new Unicast<void>();
  /** In the order of arrival. Undefined until the first message. */
  #messages: Set<InboundMessage> | undefined;
  /** It is there from the first message on, because it has to know the routes that are added while there are messages. */
  #listener: UnacknowledgedListener | undefined;
  #closedCount = 0;

  constructor(config: UnacknowledgedMessagesConfig) {
    this.#config = config;
  }

  /** Emits when there is a message after there was none. For the connection that warns of a stuck window. */
  get begun$(): Observable<void> {
    return this.#begun$;
  }

  get size(): number {
    return this.#messages?.size ?? 0;
  }

  /** The number of messages that were settled or became void. It grows whenever subscribers make progress. */
  get closedCount(): number {
    return this.#closedCount;
  }

  get oldest(): InboundMessage | undefined {
    return this.#messages?.values().next().value;
  }

  /** The age of the oldest message in ms; 0 when there is none. */
  get age(): number {
    const { oldest } = this;
    return oldest === undefined ? 0 : this.#config.scheduler.now() - oldest.since;
  }

  /** The number of acknowledgements that wait only for earlier messages, which were left. */
  get blockedCount(): number {
    return this.#config.session.receiver.blockedCount;
  }

  /** Iterates in the order of arrival, and also visits the messages that arrive during the iteration. */
  [Symbol.iterator](): Iterator<InboundMessage> {
    return (this.#messages ?? new Set<InboundMessage>()).values();
  }

  /** Adds a message that stays here until it is settled or void. */
  track(message: MqttMessage): InboundMessage {
    const inbound = new InboundMessage(message, this.#config.scheduler.now(), this);
    this.#listener ??= this.#config.unrouted;
    const messages = (this.#messages ??= new Set());
    messages.add(inbound);
    if (messages.size === 1) this.#begun$.next();
    return inbound;
  }

  onUnclaimed(inbound: InboundMessage): void {
    this.#listener?.onAvailable(inbound);
  }

  onClosed(inbound: InboundMessage): void {
    this.#messages?.delete(inbound);
    this.#closedCount++;
    this.#listener?.onRemoved(inbound);
  }

  isHeldUp({ message }: InboundMessage): boolean {
    return this.#config.session.receiver.isBlocked(message);
  }

  receiptOf({ message }: InboundMessage): StoreChange | undefined {
    return this.#config.session.receiver.receiptChangeOf?.(message);
  }

  onStored(inbound: InboundMessage): void {
    this.#config.session.receiver.adoptReceipt?.(inbound);
  }
}
