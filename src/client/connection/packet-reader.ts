import type { Subscription } from 'rxjs';
import { PacketDecoder } from '../../codec/decoder.js';
import type { Activity } from '../../operators/liveness/keepalive.js';
import type { Link } from '../../transport/link.js';
import type { ClientContext } from '../client-context.js';
import type { Multicast } from '../multicast.js';
import { maximumPacketSizeOf } from './connect-packet.js';
import type { ConnectionConfig } from './connection-config.js';
import { connectionClosed } from './connection-errors.js';
import type { PacketWriter } from './packet-writer.js';
import { emitPacketEvent } from './redact.js';
import { Progress } from './progress.js';
import { ReadPause } from './read-pause.js';
import type { Router } from './router.js';

export interface PacketReaderConfig {
  readonly link: Link;
  readonly config: ConnectionConfig;
  readonly router: Router;
  readonly writer: PacketWriter;
  readonly activity: Multicast<Activity>;
  /** Called in the trampoline when the link ends or errors, and for what the broker must not send. */
  readonly fail: (error: unknown) => void;
}

/** Reads packets from the link and gives them to the router, except while reading is paused. Lives with the connection. */
export class PacketReader {
  readonly #link: Link;
  readonly #context: ClientContext;
  readonly #router: Router;
  readonly #activity: Multicast<Activity>;
  readonly #fail: (error: unknown) => void;
  readonly #decoder: PacketDecoder;
  #isAccepted = false;
  #isStopped = false;

  readonly progress: Progress;
  readonly readPause: ReadPause;

  constructor({ link, config, router, writer, activity, fail }: PacketReaderConfig) {
    const { connect, context, options } = config;
    this.#link = link;
    this.#context = context;
    this.#router = router;
    this.#activity = activity;
    this.#fail = fail;
    this.#decoder = new PacketDecoder(connect.protocolVersion, {
      maximumPacketSize: maximumPacketSizeOf(options, connect),
      topicAliases: (connect.properties?.topicAliasMaximum ?? 0) > 0,
    });
    this.progress = new Progress(writer, this.#decoder);
    const onResumed = () => {
      if (this.#isStopped) return;
      activity.next('resumed');
      context.trampoline.run(this.#read);
    };
    const onLinkError = (error: unknown) => context.trampoline.run(() => fail(error));
    this.readPause = new ReadPause(link, context.receivePressure, context.warnings, onResumed, onLinkError);
  }

  start(): Subscription {
    const { trampoline } = this.#context;
    return this.#link.data$.subscribe({
      next: chunk => {
        if (this.#isStopped) return;
        this.#decoder.push(chunk);
        this.progress.read(chunk);
        this.#activity.next('read');
        if (this.readPause.isReading) return trampoline.run(this.#read);
        const overflow = this.readPause.overflowError(this.#decoder.unread);
        if (overflow) trampoline.run(() => this.#fail(overflow));
      },
      error: (error: unknown) => trampoline.run(() => this.#fail(error)),
      complete: () => trampoline.run(() => this.#fail(connectionClosed())),
    });
  }

  /** Follows the receive pressure from now on: the client has accepted the CONNACK. */
  onAccepted(): Subscription {
    this.#isAccepted = true;
    return this.readPause.followPressure();
  }

  /** Ignores all further data. */
  stop(): void {
    this.#isStopped = true;
  }

  readonly #read = (): void => {
    try {
      while (!this.#isStopped && this.readPause.isReading) {
        if (!this.#isAccepted && this.#router.connected) return this.readPause.pause('unaccepted');
        const packet = this.#decoder.next();
        if (packet === undefined) return;
        emitPacketEvent(this.#context, 'received', packet);
        this.#router.route(packet);
        this.#context.trampoline.settle();
      }
    } catch (error) {
      this.#fail(error);
    }
  };
}
