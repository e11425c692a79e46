import type { MqttMessage } from '../../message.js';
import type { AckTicket, AckTicketOwner } from '../../protocol/inbound/ack-ticket.js';
import type { InboundMessage } from '../../protocol/inbound/inbound-message.js';
import { Queue } from '../../protocol/collections/queue.js';
import type { ManualLimits } from './acknowledgement/manual-subscribers.js';
import type { ReceivePressure } from './acknowledgement/receive-pressure.js';

/** What `decode` has made of a payload. */
export type Decoded = { readonly value: unknown } | { readonly cause: unknown };

interface Entry {
  readonly message: MqttMessage;
  readonly ticket: AckTicket;
  /** Undefined until the promise of `decode` has settled. */
  decoded: Decoded | undefined;
  /** Delivers the message, or handles that it cannot be decoded. */
  readonly deliver: (decoded: Decoded) => void;
}

/** A bound for streams that have none, so that promises that never settle do not fill the memory. */
const MAX_MESSAGES = 1000;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * The messages whose `decode` has returned a promise, and those that arrived after them, in the order of arrival. None is acknowledged before
 * it is decoded and delivered, and reading pauses while there are too many. Lives with a route.
 */
export class DecodeQueue implements AckTicketOwner {
  readonly filters: readonly string[];
  readonly #receivePressure: ReceivePressure;
  readonly #size: number;
  readonly #maxBytes: number;
  readonly #entries = new Queue<Entry>();
  #bytes = 0;

  constructor(filters: readonly string[], { size, bytes }: ManualLimits, receivePressure: ReceivePressure) {
    this.filters = filters;
    this.#size = Math.min(size, MAX_MESSAGES);
    this.#maxBytes = Math.min(bytes, MAX_BYTES);
    this.#receivePressure = receivePressure;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** @param deliver - is called in the turn of the message. It is not called after `clear()`. */
  add(
    message: MqttMessage,
    inbound: InboundMessage,
    decoded: Decoded | PromiseLike<unknown>,
    isManual: boolean,
    deliver: Entry['deliver'],
  ): void {
    const isPending = 'then' in decoded;
    const ticket = inbound.issueTicket(this, false, isManual);
    const entry: Entry = { message, ticket, decoded: isPending ? undefined : decoded, deliver };
    this.#entries.push(entry);
    this.#bytes += message.payload.length;
    if (this.#entries.length >= this.#size || this.#bytes >= this.#maxBytes) this.#receivePressure.raise(this);
    if (!isPending) return;
    const settle = (settled: Decoded) => {
      entry.decoded = settled;
      this.#deliverDecoded();
    };
    decoded.then(
      value => settle({ value }),
      (cause: unknown) => settle({ cause }),
    );
  }

  /** Removes and returns the messages that are not delivered. Other streams may take those that are not void. */
  clear(): InboundMessage[] {
    const left: InboundMessage[] = [];
    for (let entry = this.#take(); entry !== undefined; entry = this.#take()) {
      const { ticket } = entry;
      if (ticket.withdraw()) left.push(ticket.inbound);
    }
    return left;
  }

  /** Nothing to do: a message whose acknowledgement is void is delivered in its turn, because the broker may not have it any more. */
  onTicketClosed(): void {
    return undefined;
  }

  #deliverDecoded(): void {
    for (let decoded = this.#entries.oldest?.decoded; decoded !== undefined; decoded = this.#entries.oldest?.decoded) {
      const { ticket, deliver } = this.#take()!;
      ticket.withdraw();
      deliver(decoded);
    }
  }

  #take(): Entry | undefined {
    const entry = this.#entries.take();
    if (entry === undefined) return undefined;
    this.#bytes -= entry.message.payload.length;
    if (this.#entries.length <= this.#size / 2 && this.#bytes <= this.#maxBytes / 2) this.#receivePressure.clear(this);
    return entry;
  }
}
