import type { Observable, ObservableInput, SchedulerLike } from 'rxjs';
import type { MqttError } from '../errors.js';
import type { QoS } from '../message.js';
import type { ConnectPacket, ConnectProperties } from '../packets.js';
import type { PlatformSignal } from '../platform.js';
import type { SessionStore } from '../store/session-store.js';
import type { Transport } from '../transport/link.js';
import type { Authentication } from './authentication.js';
import type { HoldOptions, QueueOptions, WillOptions } from './message-options.js';
import type { BackoffOptions, ReconnectStrategy, Verdict } from './reconnect-options.js';
import type { AttemptServer, PerAttemptOptions } from './server-options.js';
import type { TcpOptions, TlsOptions, WebSocketOptions } from './socket-options.js';

export type { HoldOptions, QueueOptions, WillOptions } from './message-options.js';
export type {
  AttemptOverrides,
  BackoffOptions,
  FailoverOptions,
  ReconnectContext,
  ReconnectStrategy,
  Verdict,
} from './reconnect-options.js';
export type { AttemptServer, PerAttemptOptions, ServerOptions } from './server-options.js';
export type { Pem, TcpKeepAlive, TcpOptions, TlsOptions, TlsVersion, WebSocketOptions } from './socket-options.js';

/**
 * The options of {@link mqtt}. All of them are optional, and most are plain data, which a JSON file can hold.
 *
 * {@link mqtt} validates, copies and freezes them. It throws `INVALID_ARGUMENT` with the key as `subject` for an unknown key, a wrong type
 * or range, and for options that contradict each other. Durations are in ms, except those that MQTT sends in s.
 */
export interface MqttOptions {
  /**
   * The version of MQTT: 5 is 5.0, 4 is 3.1.1, and 3 is 3.1. `'auto'`, the default, tries them in this order when a broker refuses one,
   * and remembers the result for each server. If a broker closes the link without CONNACK, the next attempt uses the next older version,
   * and a later one tries 5.0 again.
   */
  protocolVersion?: 'auto' | 5 | 4 | 3;
  /**
   * The client identifier (5.0 section 3.1.3.1). With `''`, the broker assigns one, which needs `clean`. Default: a random one for the
   * life of the client.
   */
  clientId?: string;
  /**
   * What happens when the broker refuses your `clientId` (0x85, return code 2). `'stop'`: the client closes. `'renew'`: it continues with
   * random identifiers, as it does when `clientId` is not set, 3 times at most. Default `'stop'`.
   */
  clientIdRejected?: 'stop' | 'renew';
  /**
   * Start with a new session (Clean Start of 5.0, Clean Session of 3.x). False needs a `clientId`, by which the broker finds the session
   * when your program starts again, or a `store`, which keeps a random one. Default true.
   */
  clean?: boolean;
  /**
   * s, 5.0: how long the broker keeps the session after the connection ends (5.0 section 3.1.2.11.2). With `clean` and a value above 0, the
   * client starts a new session once and resumes it after reconnects. Default 0 with `clean`, otherwise 0xFFFFFFFF: it does not expire, as
   * in 3.1.1.
   */
  sessionExpiry?: number;
  /**
   * Keeps the session in a database, so that it survives the process: messages that wait or are in flight, received QoS 2 identifiers, and
   * a client identifier that the client made. Needs `clean: false`. `levelStore()` of 'rxjs-mqtt/store' makes one, and a class of your
   * own can extend its `SessionStore`. See docs/durability.md. Default: none, and the session lives in memory.
   */
  store?: SessionStore;
  username?: string;
  password?: string | Uint8Array;
  /**
   * Enhanced authentication (5.0 section 4.12): a method, and a function for the client's side of it. With this option, no older version
   * is tried: connecting errors with `NOT_SUPPORTED` if the broker does not support 5.0.
   */
  authentication?: Authentication;
  /** The message that the broker publishes when this client is lost (5.0 section 3.1.2.5). */
  will?: WillOptions;
  /** Further properties of CONNECT, 5.0. */
  properties?: Omit<ConnectProperties, 'sessionExpiryInterval' | 'authenticationMethod' | 'authenticationData'>;

  /**
   * s, 0 to 65,535: the longest silence of the client (5.0 section 3.1.2.10). It sends PINGREQ after three quarters of this value, or of
   * the Server Keep Alive. 0: off. Default 60.
   */
  keepalive?: number;
  /**
   * s, with `keepalive: 0`: send PINGREQ after this silence, whatever the server sets, so that no device on the way drops an idle
   * connection. 0: never. Default 0.
   */
  idlePing?: number;
  /**
   * ms after PINGREQ in which a byte must arrive; if none does, the connection ends with `KEEPALIVE_TIMEOUT`. One second is added for each
   * 16 KiB sent since the last byte arrived. Default 10,000.
   */
  pingTimeout?: number;
  /**
   * ms, the same for a probe: the PINGREQ that the client sends when `platformSignal$` or the clock suggest that the connection may be
   * lost. Limited by `pingTimeout`. Default 3,000.
   */
  probeTimeout?: number;
  /** ms that an attempt may take, from name resolution to CONNACK, before it fails with `CONNECT_TIMEOUT`. Default 30,000. */
  connectTimeout?: number;
  /**
   * ms that a packet may wait for its acknowledgement after its bytes have left. Then the connection ends with `ACK_TIMEOUT`, and the
   * client reconnects. Checked twice in this time, for the oldest unacknowledged packet. 0: never. Default 60,000.
   */
  ackTimeout?: number;
  /** ms to wait after DISCONNECT until the broker closes the link. Default 1,000. */
  closeTimeout?: number;

  /** False: only `connect()` connects, and streams and publishes wait for it. Default true. */
  autoConnect?: boolean;
  /** When and where to reconnect. An object configures the default, `exponentialBackoff()`. False: never, whatever the verdict. */
  reconnect?: ReconnectStrategy | BackoffOptions | false;
  /**
   * Overrules what a failure means for the client; `standard` is the verdict without this function. It must be synchronous and pure:
   * `verdict: (error, standard) => (error.reasonCode === 0x87 ? 'retry' : standard)`.
   */
  verdict?: (error: MqttError, standard: Verdict) => Verdict;
  /**
   * Which Server References of a broker the client follows (0x9C, 0x9D; 5.0 section 4.11): all, those to a host of the same domain as the
   * configured one, or none. User name and password are sent to the new server too, and on a connection without TLS an attacker can
   * redirect the client to any server. The domain is the part of the host after its first dot, provided that this part contains a dot. The
   * client does not know which domains are shared by strangers, such as `co.uk`. Default `'follow'`.
   */
  redirects?: 'follow' | 'sameDomain' | 'never';
  /**
   * Which filters are subscribed again after a reconnect. `'ifSessionLost'`: all, if the broker has no session; otherwise those of QoS 0,
   * which brokers drop from sessions, without their retained messages (in 3.x the broker sends those again). Default `'ifSessionLost'`.
   */
  resubscribe?: 'ifSessionLost' | 'always' | 'never';
  /**
   * What happens to unacknowledged QoS 1 messages if the broker has no session. `'ifSessionLost'`: they are sent as new messages.
   * `'never'`: they error with `SESSION_LOST`. Default `'ifSessionLost'`.
   */
  republish?: 'ifSessionLost' | 'never';
  /** ms, 3.x only: resend unacknowledged messages on a live connection, which 5.0 forbids (section 4.4). 0: off. Default 0. */
  resendInterval?: number;

  /** Bounds of the messages that wait for a connection, for the window of the broker, or for the network. */
  queue?: QueueOptions;
  /**
   * The maximum number of unacknowledged QoS 1 and 2 messages, 1 to 65,535; more wait in the `queue`. A lower Receive Maximum of the broker
   * applies. A 3.x broker may drop QoS 2 messages above its own bound. Default: Receive Maximum; in 3.x 16 of QoS 2.
   */
  maxInFlight?: number;
  /**
   * The maximum bytes (topics, payloads, properties) of sent QoS 1 and 2 messages for which no PUBACK or PUBREC has arrived. Further
   * messages wait in the `queue`. A larger message is sent while no other message is in flight. Infinity: no bound. Default 16 MiB.
   */
  maxInFlightBytes?: number;
  /**
   * How many connections the other side may end while the same QoS 1 or 2 message, filter or call of `unsubscribe()` is the first that was
   * sent and has no answer. After that, the client isolates it: the client sends it alone, on a connection that has lasted for a while. If
   * that connection ends too, the client gives it up: the publish errors with `DELIVERY_GIVEN_UP`, the stream with `SUBSCRIBE_REFUSED`,
   * `unsubscribe()` with `UNSUBSCRIBE_REFUSED`. An end after which the next attempt reaches no broker counts half. An integer from 1, or
   * Infinity: nothing is isolated. Default 3.
   */
  maxDeliveries?: number;
  /**
   * The maximum QoS of published messages and subscriptions; a higher one is lowered, which the result shows. It may differ between servers
   * and attempts, and applies when a message is sent: messages that wait keep the QoS that you requested, and messages in flight keep
   * the QoS with which they were sent. Default: none, and a QoS above the maximum of the broker (5.0) errors with `NOT_SUPPORTED`.
   */
  maximumQoS?: QoS;
  /**
   * 5.0: send a repeated topic as a number of two bytes, if the broker allows it (Topic Alias Maximum, section 3.3.2.3.4). You do not see
   * the difference. Default true.
   */
  topicAliases?: boolean;
  /**
   * Prefixes of filters on your broker that are not part of topics: with `['$local/']`, a message of `orders` reaches
   * `topic$('$local/orders')`. Each ends with a slash; `+` stands for any one level, as in `'$oshare/+/'`. Known without this option:
   * `$share/+/`, `$queue/`, `$exclusive/` and `#share/+/`. In 5.0, filters with a prefix other than `$share` have subscription identifiers,
   * if the broker offers them, so that their messages are routed even if the broker changes the topics.
   */
  topicPrefixes?: readonly string[];
  /**
   * For development: the `stack` of the error of a failed `publish()` contains the line that called `publish()`. This takes about 6 µs for
   * each call, more than the whole publish. Default false.
   */
  callSites?: boolean;
  /**
   * True: this client writes nothing to the console. Otherwise it calls `console.warn`: while nobody is subscribed to `connection$`, for
   * the first failed attempt to connect, every tenth one and the recovery; while nobody is subscribed to `warning$`, for the first
   * warning of each code. Default false.
   */
  quiet?: boolean;
  /**
   * The maximum number of filters in one SUBSCRIBE or UNSUBSCRIBE, which has fewer where they do not fit the Maximum Packet Size of the broker
   * or 65,535 bytes. Further packets follow, of which at most 8 may be unacknowledged. AWS IoT Core allows 8 filters. Default: 1,000.
   */
  maxFiltersPerSubscribe?: number;
  /**
   * What happens to a QoS 1 or 2 message that no stream matches. `'acknowledge'`: `unrouted$` emits it, and it is acknowledged immediately.
   * `'hold'`, or an object with bounds: it waits unacknowledged for a matching stream, and is treated as above when the bounds are reached.
   * Default: `'hold'` if the session outlives the connection (`clean: false`, or a `sessionExpiry`), otherwise `'acknowledge'`. When a
   * message has waited in vain, the default acknowledges further ones immediately until a stream is subscribed or the client reconnects.
   * If `unrouted$` has no subscriber, `warning$` emits `UNROUTED_DURABLE`.
   */
  unrouted?: 'acknowledge' | 'hold' | { hold: HoldOptions };
  /**
   * ms until `warning$` emits two warnings about unacknowledged messages. `RECEIVE_WINDOW_STUCK`: so many are unacknowledged that no more
   * can arrive, and none was acknowledged for this time (it may take half as long again). `LEFT_UNACKNOWLEDGED`: a message was left this
   * long ago, or a second ago if acknowledgements of later messages wait for it, and no stream has taken it. 0: neither. Default 30,000.
   */
  ackWarnAfter?: number;
  /** When a stream emits a QoS 2 message: at its PUBLISH, or at its PUBREL. Either way it emits it once. Default `'publish'`. */
  deliverQos2?: 'publish' | 'release';

  /**
   * Called before each attempt with its server, to give further options: tokens that expire, signed URLs and the like. They override
   * these options and those of the server. It is called once, even if the attempt continues with an older version of MQTT, and must not
   * return options that belong to the client (scheduler, random, autoConnect, reconnect, verdict, queue, ...). If it errors, or gives no
   * value within `optionsTimeout`, the attempt fails with `OPTIONS_FAILED`.
   */
  perAttempt?: (server: AttemptServer) => ObservableInput<PerAttemptOptions>;
  /** ms until `perAttempt` must have given its options. Default 30,000. */
  optionsTimeout?: number;
  /**
   * Called with a copy of each CONNECT before it is sent, password included. You can change the copy, or return another packet to send
   * instead. If it throws, the attempt fails with `OPTIONS_FAILED`.
   */
  onConnectPacket?: (packet: ConnectPacket) => ConnectPacket | void;

  /**
   * Events of the page, the machine and the network. For each, the client probes its connection (`probeTimeout`), or, except for
   * `'offline'`, ends the wait for the next attempt. `'pagehide'` closes the connection until `'pageshow'`. A jump of the clock, as after
   * the machine has slept, is treated as `'resume'`. False: no events, and the clock is not watched. Default {@link platformSignal$}.
   */
  platformSignal$?: Observable<PlatformSignal> | false;

  /** Options of TCP (Node only). */
  tcp?: TcpOptions;
  /** Options of TLS for `mqtts://` and `wss://` (Node only). Certificates are verified by default. */
  tls?: TlsOptions;
  /** Options of `ws://` and `wss://`. */
  websocket?: WebSocketOptions;
  /**
   * Node only: connect through this proxy, `http://user:password@host:port` (CONNECT) or `socks5://user:password@host:port`. The proxy
   * resolves the name of the broker. Not for Unix domain sockets.
   */
  proxy?: string;
  /** Opens the links to the broker. Default: the transport for the scheme of the URL. */
  transport?: Transport;
  /**
   * The scheduler of all timers, delays and timestamps of the client. Its clock must not go back. Default: the timers of `asyncScheduler`
   * with a monotonic clock, which does not change when the clock of the machine is set.
   */
  scheduler?: SchedulerLike;
  /** Returns random numbers from 0 (inclusive) to 1 (exclusive) for jitter. Default `Math.random`. */
  random?: () => number;
}
