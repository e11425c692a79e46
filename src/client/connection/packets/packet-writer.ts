import type { SchedulerLike, Subscription } from 'rxjs';
import { SLAB } from '../../../codec/bytes/slab.js';
import { PacketEncoder } from '../../../codec/encoder.js';
import { TickCoalescer, type TickListener } from '../../../operators/tick-coalescer.js';
import type { Packet, ProtocolVersion } from '../../../packets.js';
import { OutgoingPublish } from '../../../protocol/outbound/outgoing-publish.js';
import type { NegotiatedLimits } from '../../../state.js';
import type { Link } from '../../../transport/link.js';

/** Bytes that are written without waiting for the end of the turn. The rest of the slab is for the packet that exceeds them. */
const BATCH_BYTES = SLAB - 16 * 1024;

/** Bytes of PINGREQ. Written alone, it shows that the connection is idle. */
const PINGREQ_SIZE = 2;

/** Bytes that are written while the link is not writable, for packets that cannot wait: more than acknowledgements of 65,535 messages. */
const MAX_BACKLOG = 1024 * 1024;

export interface PacketWriterListener {
  /** Called with the messages whose bytes the link has taken. */
  onFlushed(messages: readonly OutgoingPublish[]): void;
  /** Called when the link throws. */
  onWriteError(error: unknown): void;
  /** Called when a message cannot be encoded. */
  onUnencodable(message: OutgoingPublish, error: unknown): void;
  /** Called when the link is writable again. */
  onDrain(): void;
  /**
   * Called when the link does not take the acknowledgements any more. Reading should pause, because more messages need more
   * acknowledgements.
   */
  onBacklogFull(): void;
}

/** Gathers the packets of one turn and writes them to the link together. Lives with the connection. */
export class PacketWriter implements TickListener {
  readonly #link: Link;
  readonly #listener: PacketWriterListener;
  readonly #encoder: PacketEncoder;
  readonly #turn: TickCoalescer;
  /** Undefined while no message waits to be flushed. */
  #messages: OutgoingPublish[] | undefined;
  #isLinkWritable = true;
  #backlog = 0;
  /** Bytes that were written to the link. */
  #writtenToLink = 0;
  #isClosed = false;
  /** Whether the link has thrown, and nobody knows what it has taken. */
  #hasThrown = false;
  #drain: Subscription | undefined;

  /** @param tick - runs tasks at the end of the current turn of the event loop. */
  constructor(link: Link, protocolVersion: ProtocolVersion, tick: SchedulerLike, listener: PacketWriterListener) {
    this.#link = link;
    this.#listener = listener;
    this.#turn = new TickCoalescer(tick, this);
    this.#encoder = new PacketEncoder(protocolVersion);
  }

  /** Uses topic aliases as far as the limits of the broker allow it. */
  useTopicAliases({ topicAliasMaximum, maximumPacketSize }: NegotiatedLimits): void {
    if (topicAliasMaximum > 0) this.#encoder.useAliases(topicAliasMaximum, maximumPacketSize);
  }

  /** Whether new messages should be sent. It is false while the buffer of the link is full, and once the writer is closed. */
  get writable(): boolean {
    return this.#isLinkWritable && !this.#isClosed;
  }

  /** Bytes that were sent so far, including those that are not written to the link yet. */
  get written(): number {
    return this.#writtenToLink + this.#encoder.size;
  }

  get unsentBytes(): number {
    let inLink: number | undefined;
    try {
      inLink = this.#link.unsentBytes;
    } catch {
      // unknown, as for a link without this property
    }
    return this.#encoder.size + (inLink ?? 0);
  }

  send(packet: Packet): void {
    if (this.#isClosed) return;
    try {
      this.#encoder.write(packet);
    } catch (error) {
      if (!(packet instanceof OutgoingPublish)) throw error;
      return this.#listener.onUnencodable(packet, error);
    }
    if (packet instanceof OutgoingPublish) (this.#messages ??= []).push(packet);
    if (this.#encoder.size >= BATCH_BYTES) this.flush();
    else this.#turn.schedule();
  }

  onTick(): void {
    this.flush();
  }

  flush(): void {
    this.#turn.cancel();
    const { size } = this.#encoder;
    if (size === 0) return;
    const link = this.#link;
    try {
      if (!this.#isLinkWritable) this.#backlog += size;
      this.#isLinkWritable = link.write(this.#encoder.take());
      this.#writtenToLink += size;
      if (link.holdsBytes === false) this.#encoder.giveBack();
      if (size === PINGREQ_SIZE) this.releaseBuffer();
      if (this.#isLinkWritable) this.#backlog = 0;
      else {
        this.#followDrain();
        if (this.#backlog > MAX_BACKLOG) this.#listener.onBacklogFull();
      }
    } catch (error) {
      this.#isClosed = this.#hasThrown = true;
      this.#listener.onWriteError(error);
      return;
    }
    const messages = this.#messages ?? NO_MESSAGES;
    this.#messages = undefined;
    this.#listener.onFlushed(messages);
  }

  /** Keeps no buffer in memory until the next packet, because the connection may be idle for long. */
  releaseBuffer(): void {
    this.#encoder.release();
  }

  /** Follows `drain$` from the first time that the link is full: most links never are. */
  #followDrain(): void {
    this.#drain ??= this.#link.drain$.subscribe({
      next: () => {
        this.#isLinkWritable = true;
        this.#backlog = 0;
        this.#listener.onDrain();
      },
      error: (error: unknown) => this.#listener.onWriteError(error),
    });
  }

  /** Writes what was gathered, and ignores all further packets. */
  end(): void {
    this.flush();
    this.#isClosed = true;
  }

  /** Stops writing. Returns the messages whose bytes were never written to the link. */
  close(): readonly OutgoingPublish[] {
    this.#isClosed = true;
    const messages = this.#messages ?? NO_MESSAGES;
    if (!this.#hasThrown) for (const message of messages) message.isUnsent = message.qos > 0 && !message.dup;
    this.#turn.cancel();
    this.#drain?.unsubscribe();
    return messages;
  }
}

const NO_MESSAGES: readonly OutgoingPublish[] = [];
