import type { Observable, ObservableInput, SchedulerLike } from 'rxjs';
import type { Authentication } from './authentication.js';
import type { MqttError } from '../errors.js';
import type { Payload, QoS } from '../message.js';
import type { ConnectPacket, ConnectProperties, ProtocolVersion, WillProperties } from '../packets.js';
import type { PlatformSignal } from '../platform.js';
import type { BackoffOptions, ReconnectStrategy, Verdict } from './reconnect-options.js';
import type { AttemptServer, PerAttemptOptions } from './server-options.js';
import type { TcpOptions, TlsOptions, WebSocketOptions } from './socket-options.js';
import type { Transport } from '../transport/link.js';

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
 * Everything a client can be told. All of it is optional, most of it is plain data that a JSON file can hold.
 *
 * Validated, copied and frozen by {@link mqtt}: an unknown key, a wrong type or range, or a contradiction throws
 * `INVALID_ARGUMENT` and names the key. Durations are in ms, except those that MQTT itself carries, which are in s.
 */
export interface MqttOptions {
  /**
   * `'auto'` tries 5.0, then 3.1.1, then 3.1 when a broker refuses a version, and remembers per server. A hang-up without CONNACK is no
   * refusal: the next attempt tries the next older version, and 5.0 has its turn again. Default `'auto'`.
   */
  protocolVersion?: 'auto' | ProtocolVersion;
  /** Default: a random one, the same for the life of the client. An empty one asks the broker to assign it (needs `clean`). */
  clientId?: string;
  /**
   * What follows when the broker refuses a client id of your own (0x85, return code 2). `'stop'`: the client closes. `'renew'`: it goes
   * on with random ones, as it does for an id that is not yours, 3 times at most. Default `'stop'`.
   */
  clientIdRejected?: 'stop' | 'renew';
  /**
   * Begin with a clean session (Clean Session of 3.x, Clean Start of 5.0). False needs a `clientId`, by which a later start of the program
   * finds the session. Default true.
   */
  clean?: boolean;
  /**
   * s, 5.0: how long the broker keeps the session after the connection is lost. Default 0 with `clean`, otherwise 0xFFFFFFFF (for
   * ever, as 3.1.1 does). With `clean` and an expiry, the session starts clean once and is resumed by reconnects.
   */
  sessionExpiry?: number;
  username?: string;
  password?: string | Uint8Array;
  /**
   * Enhanced authentication of 5.0 (section 4.12): a method, and a function for our half of it. With it no older version is tried:
   * `NOT_SUPPORTED` where the broker has no 5.0.
   */
  authentication?: Authentication;
  /** What the broker publishes when this client is lost (5.0 section 3.1.2.5). */
  will?: WillOptions;
  /** Further properties of CONNECT, 5.0. */
  properties?: Omit<ConnectProperties, 'sessionExpiryInterval' | 'authenticationMethod' | 'authenticationData'>;

  /**
   * s, 0 to 65,535: the longest silence (5.0 section 3.1.2.10). PINGREQ goes out after three quarters of it, or of what the server sets
   * instead. 0 switches the mechanism off. Default 60.
   */
  keepalive?: number;
  /** s: with `keepalive: 0`, ping after so much silence all the same, against idle cut-offs on the way, whatever the server sets. Default 0, never. */
  idlePing?: number;
  /**
   * ms from PINGREQ, once it has left, until any byte must have come, else `KEEPALIVE_TIMEOUT`; a second more for each 16 KiB that left
   * since the last byte came. Default 10,000.
   */
  pingTimeout?: number;
  /**
   * ms, the same for a probe: the PINGREQ that goes out at once when `platformSignal$` or the clock say that the connection may be gone.
   * Never longer than `pingTimeout`. Default 3,000.
   */
  probeTimeout?: number;
  /** ms for everything from name resolution to CONNACK. Default 30,000. */
  connectTimeout?: number;
  /**
   * ms without progress while the broker owes an acknowledgement, else `ACK_TIMEOUT` and a reconnect. It starts when the message has left.
   * 0 is never. Default 60,000.
   */
  ackTimeout?: number;
  /** ms that teardown waits for the broker to close after DISCONNECT. Default 1,000. */
  closeTimeout?: number;

  /** False: only `connect()` connects; streams and publishes wait for it. Default true. */
  autoConnect?: boolean;
  /** When and where to try again. Default `exponentialBackoff()`; an object configures it; false: never, whatever the verdict. */
  reconnect?: ReconnectStrategy | BackoffOptions | false;
  /**
   * Overrules what a failure means for the client; `standard` is what it would mean without this function. Synchronous and pure.
   * `verdict: (error, standard) => (error.reasonCode === 0x87 ? 'retry' : standard)`
   */
  verdict?: (error: MqttError, standard: Verdict) => Verdict;
  /**
   * Which Server References of a broker are followed (0x9C, 0x9D): all, those to a host under the domain of the configured one, or none.
   * The user name and password go along; over a plain connection whoever sits in between can send a client anywhere. A domain is what
   * follows the first dot of the host, where it has a dot itself; domains such as 'co.uk', which strangers share, are not known.
   * Default `'follow'`.
   */
  redirects?: 'follow' | 'sameDomain' | 'never';
  /**
   * What to subscribe to again after a reconnect. `'ifSessionLost'`: everything when the broker has no session; otherwise filters of
   * QoS 0, which brokers drop from sessions, without retained messages (in 3.x those come again). Default `'ifSessionLost'`.
   */
  resubscribe?: 'ifSessionLost' | 'always' | 'never';
  /** What becomes of unacknowledged QoS 1 when the broker has no session: sent as new, or settled as `SESSION_LOST`. Default `'ifSessionLost'`. */
  republish?: 'ifSessionLost' | 'never';
  /** ms, 3.x only: send again what is unacknowledged on a live connection. 5.0 forbids it. Default 0, off. */
  resendInterval?: number;

  /** The messages that wait: for a connection, for the broker's window, for the network. */
  queue?: QueueOptions;
  /**
   * Bytes (topics, payloads, properties) of QoS 1 and 2 messages that were sent and that the broker has not acknowledged, by PUBACK or
   * PUBREC; what comes on top waits in the `queue`. A larger message goes when no other one is in flight. `Infinity`: no bound.
   * Default 16 MiB.
   */
  maxInFlightBytes?: number;
  /**
   * So many connections may end while one QoS 1 or 2 message, filter or `unsubscribe()` is what went out first and has no answer. Then
   * everything else goes first, and that one alone; if the connection ends once more, it errors: a publish with `DELIVERY_GIVEN_UP`, a
   * stream with `SUBSCRIBE_REFUSED`, `unsubscribe()` with `UNSUBSCRIBE_REFUSED`. An end after which no broker can be reached counts half.
   * An integer from 1, or Infinity for never. Default 3.
   */
  maxDeliveries?: number;
  /**
   * Lower the QoS of what is published and subscribed to this, and say so in the result. It may differ between servers and attempts, and
   * counts when a message is sent: what waits for a connection keeps the QoS that it asked for until then, what is in flight keeps the
   * one that it was sent with. Default: none; what is above the broker's own maximum (5.0) is an error all the same, `NOT_SUPPORTED`.
   */
  maximumQoS?: QoS;
  /**
   * 5.0: where the broker allows it (Topic Alias Maximum), a topic that repeats is sent as a number of two bytes. Nothing else shows it.
   * Default true.
   */
  topicAliases?: boolean;
  /**
   * What filters begin with and topics do not, on your broker: `['$local/']` has the messages of `orders` reach `topic$('$local/orders')`.
   * Each ends with a slash; `+` stands for any one level, as in `'$oshare/+/'`. Added to `$share/+/`, `$queue/`, `$exclusive/` and
   * `#share/+/`. In 5.0 such filters, but for `$share`, have subscription identifiers where the broker offers them, so that their
   * messages arrive whatever the broker makes of the topics.
   */
  topicPrefixes?: readonly string[];
  /**
   * The error of a failed `publish()` shows in its `stack` the line that called `publish()`. For development: it takes about 6 µs for each
   * call, more than the whole publish. Default false.
   */
  callSites?: boolean;
  /**
   * True: this client writes nothing to the console. Otherwise it does, by `console.warn`, while nobody listens: the first failed attempt to
   * connect, every tenth, and the recovery, while nobody is subscribed to `connection$`; the first warning of each code, while nobody is
   * subscribed to `warning$`. Default false.
   */
  quiet?: boolean;
  /**
   * Filters in one SUBSCRIBE or UNSUBSCRIBE, at the most; more go in several, at most 8 of them without an answer (AWS IoT Core takes
   * 8 filters). Default: as many as the broker's Maximum Packet Size and 65,535 bytes hold.
   */
  maxFiltersPerSubscribe?: number;
  /**
   * What becomes of a QoS 1 or 2 message that no stream claims. `'acknowledge'`: it is shown on `unrouted$` and acknowledged at once.
   * `'hold'`, or its bounds: it waits unacknowledged for a stream that takes it, and only then goes that way. Default: it waits where the
   * session outlives the connection (`clean: false`, or a `sessionExpiry`), until one was held in vain on this connection and no stream
   * has come since; otherwise `'acknowledge'`. What goes to `unrouted$` while nobody listens raises `UNROUTED_DURABLE` on `warning$`.
   */
  unrouted?: 'acknowledge' | 'hold' | { hold: HoldOptions };
  /**
   * ms that no more messages can come, because none is acknowledged (streams with `ack: 'manual'`), until `warning$` says
   * `RECEIVE_WINDOW_STUCK`; it may take half as long again. `LEFT_UNACKNOWLEDGED` comes after a second where acknowledgements wait behind
   * messages that were left, otherwise after this time. 0 is never, for both. Default 30,000.
   */
  ackWarnAfter?: number;
  /** When a QoS 2 message is handed over: at its PUBLISH, or at its PUBREL. Once either way. Default `'publish'`. */
  deliverQos2?: 'publish' | 'release';

  /**
   * Asked for options before every attempt, and told on which server that is; once, also where the attempt goes on with an older version of MQTT; what it answers
   * goes before these, and before the options of that server. For tokens that expire, signed URLs, and whatever is known late. It may not answer what belongs to the
   * client (scheduler, random, autoConnect, reconnect, verdict, queue, ...). An error, or silence for `optionsTimeout`, is
   * `OPTIONS_FAILED` and a failed attempt.
   */
  perAttempt?: (server: AttemptServer) => ObservableInput<PerAttemptOptions>;
  /** ms that `perAttempt` has to answer. Default 30,000. */
  optionsTimeout?: number;
  /**
   * Sees the CONNECT that is about to be sent, password included, and may change it: the packet it returns is sent, or its argument
   * where it returns nothing. That is a copy, made anew for each CONNECT. What it throws is `OPTIONS_FAILED` and a failed attempt.
   */
  onConnectPacket?: (packet: ConnectPacket) => ConnectPacket | void;

  /**
   * What the client is told of the page, the machine and the network. A connection is probed then (`probeTimeout`); a wait for the
   * next attempt ends, except at `'offline'`; `'pagehide'` closes until `'pageshow'`. A jump of the clock, as after the sleep of a
   * machine, does as `'resume'` does. False: nothing is listened to, and the clock is not watched. Default {@link platformSignal$}.
   */
  platformSignal$?: Observable<PlatformSignal> | false;

  tcp?: TcpOptions;
  /** For `mqtts://` and `wss://`, Node. Certificates are checked by default. */
  tls?: TlsOptions;
  /** For `ws://` and `wss://`. */
  websocket?: WebSocketOptions;
  /**
   * Node: go through this proxy, `http://user:password@host:port` (CONNECT) or `socks5://user:password@host:port`. The proxy
   * resolves the broker's name. Not for unix sockets.
   */
  proxy?: string;
  /** How to reach the broker, instead of the transport of the URL's scheme. */
  transport?: Transport;
  /**
   * Every timer, delay and clock of the client. Its clock must not go back. Default: the timers of `asyncScheduler`, with a monotonic
   * clock, so that nothing goes wrong when the clock of the machine is set.
   */
  scheduler?: SchedulerLike;
  /** Source of chance for jitter, [0, 1). Default `Math.random`. */
  random?: () => number;
}

/** The will: what the broker publishes for a client that is lost. */
export interface WillOptions {
  topic: string;
  payload?: Payload;
  qos?: QoS;
  retain?: boolean;
  properties?: WillProperties;
}

/** Bounds of the messages that wait to be sent, and what becomes of one too many. */
export interface QueueOptions {
  /** Default 1,000. */
  maxMessages?: number;
  /** Bytes of topics, payloads and properties; one larger message is taken when nothing else waits. Default 1 MiB. */
  maxBytes?: number;
  /** A message too many: refuse it with `QUEUE_FULL`, or evict the oldest that wait with `MESSAGE_EVICTED` (do not publish it again right in the error handler: that evicts the next). Default `'refuse'`. */
  overflow?: 'refuse' | 'evictOldest';
  /** QoS 0 without a connection: refuse it with `NOT_CONNECTED`, or let it wait too. Default `'refuse'`. */
  offlineQos0?: 'refuse' | 'queue';
}

/** Bounds of the messages that wait for a stream; see the option `unrouted`. */
export interface HoldOptions {
  /**
   * Messages held at the most; one more, or more than 64 MiB of payloads, sends the oldest to `unrouted$`, with a `HOLD_FULL` on `warning$`.
   * Default 1,000.
   */
  max?: number;
  /** ms that each is held. Default 10,000. */
  timeout?: number;
}
