import type { SchedulerLike } from 'rxjs';
import type { MqttMessage } from '../../../message.js';
import { InboundMessage, type InboundMessageListener } from '../../../protocol/inbound/inbound-message.js';
import type { Receiver } from '../../../protocol/inbound/receiver.js';

/** What a receiver says of its acknowledgements. */
export type AckBlocking = Pick<Receiver, 'blockedCount' | 'isBlocked'>;

/** Every message that somebody is to answer for. Lives with the client. */
export class UnacknowledgedMessages implements InboundMessageListener {
  readonly #scheduler: SchedulerLike;
  readonly #receiver: AckBlocking;
  /** Those without an answer, in the order in which they came. */
  readonly #open = new Set<InboundMessage>();
  #closed = 0;

  /** Takes what a stream may claim. */
  onUnclaimed_: (inbound: InboundMessage) => void = () => undefined;
  /** What was kept is settled, or void. */
  onClosed_: (inbound: InboundMessage) => void = () => undefined;

  constructor(scheduler: SchedulerLike, receiver: AckBlocking) {
    this.#scheduler = scheduler;
    this.#receiver = receiver;
  }

  get size(): number {
    return this.#open.size;
  }

  /** How many have been closed: this changes whenever there is progress. */
  get closedCount(): number {
    return this.#closed;
  }

  get oldest(): InboundMessage | undefined {
    return this.#open.values().next().value;
  }

  /** ms */
  get age(): number {
    const { oldest } = this;
    return oldest === undefined ? 0 : this.#scheduler.now() - oldest.since;
  }

  /** Acknowledgements that could go out, were it not for messages before them that were left. */
  get blockedCount(): number {
    return this.#receiver.blockedCount;
  }

  /** In the order in which they came; also those that come while it is walked. */
  [Symbol.iterator](): Iterator<InboundMessage> {
    return this.#open.values();
  }

  readonly open = (message: MqttMessage): InboundMessage => {
    const inbound = new InboundMessage(message, this.#scheduler.now(), this);
    this.#open.add(inbound);
    return inbound;
  };

  onUnclaimed(inbound: InboundMessage): void {
    this.onUnclaimed_(inbound);
  }

  onClosed(inbound: InboundMessage): void {
    this.#open.delete(inbound);
    this.#closed++;
    this.onClosed_(inbound);
  }

  isHeldUp({ message }: InboundMessage): boolean {
    return this.#receiver.isBlocked(message);
  }
}
