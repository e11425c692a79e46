import type { SchedulerLike } from 'rxjs';
import { SLAB } from '../../codec/bytes/slab.js';
import { PacketEncoder } from '../../codec/encoder.js';
import { TickCoalescer } from '../../operators/tick-coalescer.js';
import type { Packet, ProtocolVersion } from '../../packets.js';
import { OutgoingPublish } from '../../protocol/outbound/outgoing-publish.js';
import { TopicAliases } from '../../protocol/outbound/topic-aliases.js';
import type { NegotiatedLimits } from '../../state.js';
import type { Link } from '../../transport/link.js';

/** Bytes gathered before they are written without waiting for the end of the turn: what comes on top still has room in the slab. */
const BATCH = SLAB - 16 * 1024;

/** Bytes given to a link that has enough, of what cannot wait: more than acknowledgements of 65,535 messages. */
const BACKLOG = 1024 * 1024;

export interface OutboxConfig {
  readonly link: Link;
  readonly protocolVersion: ProtocolVersion;
  /** Runs what it is given at the end of this turn. */
  readonly tick: SchedulerLike;
  /** Called with the messages whose bytes the link has taken. */
  readonly flushed: (messages: readonly OutgoingPublish[]) => void;
  /** Called when the link throws. */
  readonly broken: (error: unknown) => void;
  /** Called when a message cannot be encoded. */
  readonly unencodable: (message: OutgoingPublish, error: unknown) => void;
  /** Called when the broker reads so little that nothing more should be read from it: it would have to be acknowledged. */
  readonly clogged: () => void;
}

/** Gathers the bytes of one turn and writes them at once. Lives with the connection. */
export class Outbox {
  readonly #config: OutboxConfig;
  readonly #encoder: PacketEncoder;
  readonly #turn: TickCoalescer;
  #messages: OutgoingPublish[] = [];
  #linkWritable = true;
  #backlog = 0;
  /** Bytes that the link was given. */
  #given = 0;
  #closed = false;

  constructor(config: OutboxConfig) {
    this.#config = config;
    this.#turn = new TickCoalescer(config.tick, () => this.flush());
    this.#encoder = new PacketEncoder(config.protocolVersion);
  }

  /** The broker has said what it takes. */
  useTopicAliases({ topicAliasMaximum, maximumPacketSize }: NegotiatedLimits): void {
    if (topicAliasMaximum > 0) this.#encoder.useAliases(new TopicAliases(topicAliasMaximum), maximumPacketSize);
  }

  /** False while the link has enough, and once it takes nothing any more: nothing new should be sent. */
  get writable(): boolean {
    return this.#linkWritable && !this.#closed;
  }

  /** Bytes that were put out so far, given to the link or not. */
  get written(): number {
    return this.#given + this.#encoder.size;
  }

  get unsentBytes(): number {
    let inLink: number | undefined;
    try {
      inLink = this.#config.link.unsentBytes;
    } catch {
      // as unknown as where the link does not have it
    }
    return this.#encoder.size + (inLink ?? 0);
  }

  send(packet: Packet): void {
    if (this.#closed) return;
    try {
      this.#encoder.write(packet);
    } catch (error) {
      if (!(packet instanceof OutgoingPublish)) throw error;
      return this.#config.unencodable(packet, error);
    }
    if (packet instanceof OutgoingPublish) this.#messages.push(packet);
    if (this.#encoder.size >= BATCH) this.flush();
    else this.#turn.schedule();
  }

  flush(): void {
    this.#turn.cancel();
    const { size } = this.#encoder;
    if (size === 0) return;
    const { link } = this.#config;
    try {
      if (!this.#linkWritable) this.#backlog += size;
      this.#linkWritable = link.write(this.#encoder.take());
      this.#given += size;
      if (link.holdsBytes === false) this.#encoder.giveBack();
      if (this.#linkWritable) this.#backlog = 0;
      else if (this.#backlog > BACKLOG) this.#config.clogged();
    } catch (error) {
      this.#closed = true;
      this.#config.broken(error);
      return;
    }
    const messages = this.#messages;
    this.#messages = [];
    this.#config.flushed(messages);
  }

  /** The link takes more. */
  drained(): void {
    this.#linkWritable = true;
    this.#backlog = 0;
  }

  /** Writes what was gathered; nothing new should be sent after it. */
  end(): void {
    this.flush();
    this.#closed = true;
  }

  /** Nothing is written any more. Gives the messages whose bytes never reached the link. */
  close(): readonly OutgoingPublish[] {
    this.#closed = true;
    this.#turn.cancel();
    return this.#messages;
  }
}
