import type { Observable, SchedulerLike } from 'rxjs';
import type { ConnectionPhase } from '../errors.js';
import type { MqttOptions } from '../options/options.js';
import type { ProtocolVersion } from '../packets.js';

/**
 * An open, ordered, reliable byte stream to a broker. Closed by unsubscribing from the {@link Transport} that emitted it. What it throws
 * ends the connection as an error of `data$` does; where the connection is over already, nothing comes of it.
 */
export interface Link {
  /** The bytes from the broker, in any pieces. Completes when the broker ends the stream; errors with an MqttError when it breaks. */
  readonly data$: Observable<Uint8Array>;
  /**
   * Takes the bytes over: the caller does not touch them again, except where `holdsBytes` is false afterwards. False: enough for now,
   * wait for `drain$`; the bytes are taken all the same.
   *
   * Throws when it does not take them. A link that is closing throws `CONNECTION_CLOSED`, and its `data$` ends soon after: messages in
   * these bytes are not reported as sent.
   */
  write(chunk: Uint8Array): boolean;
  /** Emits when a link whose `write` said false takes more. */
  readonly drain$: Observable<void>;
  /**
   * Bytes taken, but not yet given to the network. Where it goes down bit by bit, as the bytes leave, a large message on a slow link is
   * seen to make progress: the deadlines of PINGREQ and of acknowledgements then start when the bytes have left. Absent: nobody knows,
   * and what was written counts as gone.
   */
  readonly unsentBytes?: number;
  /** False when nothing that was written is looked at any more, so that its memory can be written to again. Absent: nobody knows. */
  readonly holdsBytes?: boolean;
  /** Sends what is buffered and ends our side; `data$` completes when the broker ends its own. */
  end?(): void;
  /** Stops reading; the network then slows the broker down. */
  pause?(): void;
  /** Reads again. */
  resume?(): void;
  readonly localAddress?: string;
  readonly remoteAddress?: string;
}

/** What of the options a transport may look at. */
export type TransportOptions = Readonly<Pick<MqttOptions, 'tcp' | 'tls' | 'websocket' | 'proxy'>>;

/** What a transport is to reach, and what it may know of the client. */
export interface TransportTarget {
  /** Never holds credentials. */
  readonly url: URL;
  /** The zone of a link-local IPv6 address (`eth0` of `mqtt://[fe80::1%25eth0]`, RFC 6874), which a URL cannot hold. */
  readonly zone?: string;
  readonly options: TransportOptions;
  /** Of MQTT: what will be spoken over the link. */
  readonly protocolVersion?: ProtocolVersion;
  /** bytes: no packet of the broker may be longer. */
  readonly maximumPacketSize?: number;
  readonly scheduler: SchedulerLike;
  /** Call it on entering a phase, so that a timeout can say where it struck. */
  readonly onPhase?: (phase: ConnectionPhase) => void;
}

/**
 * Opens a link when subscribed.
 *
 * Emits one {@link Link} when it is open. Errors with an MqttError when it cannot be opened. Unsubscribing closes the link, or
 * gives the attempt up, in bounded time. Whether it completes after the link does not matter.
 */
export type Transport = (target: TransportTarget) => Observable<Link>;
