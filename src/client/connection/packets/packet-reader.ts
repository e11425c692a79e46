import type { Observer, Subscription } from 'rxjs';
import { PacketDecoder } from '../../../codec/decoder.js';
import { Slice } from '../../../operators/slice.js';
import type { ByteProgress } from '../../../operators/liveness/byte-progress.js';
import type { Activity } from '../../../operators/liveness/keepalive.js';
import { assertTerse } from '../../../protocol/violations.js';
import type { Link } from '../../../transport/link.js';
import type { ClientContext } from '../../client-context.js';
import type { Unicast } from '../../streams/unicast.js';
import type { Task } from '../../trampoline.js';
import { createYielding } from '../../yielding.js';
import { maximumPacketSizeOf } from '../connect-packet.js';
import type { ConnectionConfig } from '../connection-config.js';
import { connectionClosed } from '../connection-errors.js';
import type { PacketWriter } from './packet-writer.js';
import { emitPacketEvent } from './packet-events.js';
import { ReadPause, type ReadPauseListener } from './read-pause.js';
import type { Router } from './router.js';

/** The clock is read after so many packets, because reading it costs about as much as a packet. */
const PACKETS_PER_LOOK = 128;

/** What a reader needs of its connection. */
export interface ReaderConnection {
  readonly router: Router;
  /** Gets what the link does. */
  readonly activity$: Unicast<Activity>;
  /** The counts of what is sent. */
  readonly writer: PacketWriter;
  /** Called in the trampoline when the link ends or errors, and for what the broker must not send. */
  error(cause: unknown): void;
}

/**
 * Reads packets from the link and gives them to the router, except while reading is paused. It observes the bytes of the link. Very many
 * packets are read in slices, between which the link is paused. It also counts the bytes of both directions. Lives with the connection.
 */
export class PacketReader implements Observer<Uint8Array>, ReadPauseListener, ByteProgress, Task {
  readonly #link: Link;
  readonly #context: ClientContext;
  readonly #router: Router;
  readonly #connection: ReaderConnection;
  readonly #decoder: PacketDecoder;
  /** Whether CONNECT has asked for no problem information. */
  readonly #isTerse: boolean;
  #isAccepted = false;
  #isStopped = false;
  /** Packets since the clock was read. */
  #packets = 0;
  /** Undefined until so many packets arrive that they may be divided. */
  #slice: Slice | undefined;
  #hasLinkEnded = false;
  #received = 0;
  #leftAtRead = 0;

  readonly readPause: ReadPause;

  constructor(link: Link, { connect, context, options }: ConnectionConfig, connection: ReaderConnection) {
    this.#link = link;
    this.#context = context;
    this.#router = connection.router;
    this.#connection = connection;
    this.#decoder = new PacketDecoder(connect.protocolVersion, {
      maximumPacketSize: maximumPacketSizeOf(options, connect),
      topicAliases: (connect.properties?.topicAliasMaximum ?? 0) > 0,
    });
    this.#isTerse = connect.properties?.requestProblemInformation === false;
    this.readPause = new ReadPause(link, context.receivePressure, context.warnings, this);
  }

  get written(): number {
    return this.#connection.writer.written;
  }

  get left(): number {
    const { writer } = this.#connection;
    return writer.written - writer.unsentBytes;
  }

  get leftAtRead(): number {
    return this.#leftAtRead;
  }

  get received(): number {
    return this.#received;
  }

  get unread(): number {
    return this.#decoder.unread;
  }

  start(): Subscription {
    return this.#link.data$.subscribe(this);
  }

  next(chunk: Uint8Array): void {
    if (this.#isStopped) return;
    this.#decoder.push(chunk);
    this.#received += chunk.length;
    this.#leftAtRead = this.left;
    this.#connection.activity$.next('read');
    this.#slice?.begin();
    if (this.readPause.isReading) return this.#context.trampoline.run(this);
    const overflow = this.readPause.overflowError(this.#decoder.unread);
    if (overflow) this.error(overflow);
  }

  /** Fails in the trampoline: the link may error at any time. */
  error(error: unknown): void {
    this.#readRest();
    this.#context.trampoline.run(() => this.#connection.error(error));
  }

  complete(): void {
    // the reason counts only where the end is not expected, and an error with its stack takes long to make
    this.error(this.#isStopped ? undefined : connectionClosed());
  }

  onResumed(): void {
    if (this.#isStopped) return;
    this.#connection.activity$.next('resumed');
    this.#context.trampoline.run(this);
  }

  /** Follows the receive pressure from now on: the client has accepted the CONNACK. */
  onAccepted(): Subscription {
    this.#isAccepted = true;
    return this.readPause.followPressure();
  }

  /** Ignores all further data. */
  stop(): void {
    this.#isStopped = true;
    this.#slice?.cancel();
  }

  /** Reads what waits for the next slice, because the link has ended after it. */
  #readRest(): void {
    this.#hasLinkEnded = true;
    if (this.#slice?.isYielding !== true) return;
    this.#slice.cancel();
    this.readPause.resume('slice');
  }

  #isSliceOver(): boolean {
    this.#packets = 0;
    if (this.#hasLinkEnded) return false;
    this.#slice ??= new Slice(createYielding(this.#context), () => this.readPause.resume('slice'));
    this.#slice.readClock();
    return this.#slice.isYielding;
  }

  /** Reads what has arrived. */
  run(): void {
    try {
      while (!this.#isStopped && this.readPause.isReading) {
        if (!this.#isAccepted && this.#router.connected) return this.readPause.pause('unaccepted');
        const packet = this.#decoder.next();
        if (packet === undefined) return;
        emitPacketEvent(this.#context, 'received', packet);
        if (this.#isTerse) assertTerse(packet);
        this.#router.route(packet);
        this.#context.trampoline.settle();
        // each answer counts as a packet, but UNSUBACK of 3.x does not say how many it has
        if (packet.cmd === 'suback') this.#packets += packet.reasonCodes.length - 1;
        else if (packet.cmd === 'unsuback') this.#packets += PACKETS_PER_LOOK;
        if (++this.#packets >= PACKETS_PER_LOOK && this.#isSliceOver()) return this.readPause.pause('slice');
      }
    } catch (error) {
      this.#connection.error(error);
    }
  }
}
