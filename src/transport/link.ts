import type { Observable, SchedulerLike } from 'rxjs';
import type { ConnectionPhase } from '../errors.js';
import type { MqttOptions } from '../options/options.js';
import type { ProtocolVersion } from '../packets.js';

/**
 * An open, ordered, reliable byte stream to a broker. Unsubscribing from the {@link Transport} that emitted it closes it. An error that
 * one of its methods throws ends the connection, as an error of `data$` does. After the end of the connection it is ignored.
 */
export interface Link {
  /** The bytes from the broker, in chunks of any size. Completes when the broker ends the stream; errors with an MqttError when it breaks. */
  readonly data$: Observable<Uint8Array>;
  /**
   * Takes ownership of the bytes: the caller must not change them afterwards, unless `holdsBytes` is false. Returns false if its buffer is
   * full: the bytes are accepted, and the caller waits for `drain$` before the next write.
   *
   * Throws if it does not accept the bytes. A link that is closing throws `CONNECTION_CLOSED`, and its `data$` ends soon after. The
   * messages in these bytes are not reported as sent.
   */
  write(chunk: Uint8Array): boolean;
  /** Emits when a link whose `write` returned false accepts more. */
  readonly drain$: Observable<void>;
  /**
   * Bytes that were written and not passed to the network yet. If it decreases gradually, the client sees the progress of a large message
   * on a slow link: the deadlines of PINGREQ and of acknowledgements then start when the bytes have left. If absent, what was written
   * counts as sent.
   */
  readonly unsentBytes?: number;
  /** False if the link no longer reads the bytes that were written, so that their memory can be reused. If absent, it never is. */
  readonly holdsBytes?: boolean;
  /** Sends what is buffered and ends the client's side of the stream; `data$` completes when the broker ends its own. */
  end?(): void;
  /** Stops reading, so that the flow control of the network slows the broker down. */
  pause?(): void;
  /** Resumes reading. */
  resume?(): void;
  readonly localAddress?: string;
  readonly remoteAddress?: string;
}

/** The options that a transport may read. */
export type TransportOptions = Readonly<Pick<MqttOptions, 'tcp' | 'tls' | 'websocket' | 'proxy'>>;

/** The server that a transport connects to, and what it may know of the client. */
export interface TransportTarget {
  /** Never holds credentials. */
  readonly url: URL;
  /** The zone of a link-local IPv6 address (`eth0` of `mqtt://[fe80::1%25eth0]`, RFC 6874), which a URL cannot hold. */
  readonly zone?: string;
  readonly options: TransportOptions;
  /** The version of MQTT that the client will use on the link. */
  readonly protocolVersion?: ProtocolVersion;
  /** The most bytes that a packet of the broker may have. */
  readonly maximumPacketSize?: number;
  /**
   * How many attempts have failed since the server has last accepted a connection. If a server has several addresses, begin with another one
   * each time: an address may accept a link, and not answer. Default: 0.
   */
  readonly failures?: number;
  readonly scheduler: SchedulerLike;
  /** The transport calls it at the start of each phase, so that a timeout can name the phase. */
  readonly onPhase?: (phase: ConnectionPhase) => void;
}

/**
 * Opens a link when subscribed.
 *
 * Emits one {@link Link} when it is open. Errors with an MqttError if it cannot be opened. Unsubscribing closes the link, or aborts the
 * attempt, in bounded time. It may complete after the link or not.
 */
export type Transport = (target: TransportTarget) => Observable<Link>;
