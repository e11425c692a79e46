import { printableMessage } from './quoted.js';

/** What went wrong, as a value for programs. `docs/errors.md` says for each code when it occurs and what you can do. */
export type MqttErrorCode =
  // The arguments
  | 'INVALID_ARGUMENT' // an option, URL, topic, filter or payload is invalid
  | 'NOT_SUPPORTED' // the broker, the MQTT version in use or this platform does not support it
  | 'PACKET_TOO_LARGE' // the packet exceeds the Maximum Packet Size of its receiver, the broker or this client
  | 'ABORTED' // the option signal of the call was aborted
  | 'SUBSCRIPTION_CONFLICT' // streams of one filter have options that cannot be merged, or unsubscribe() names a filter that a stream uses
  // The connection
  | 'CONNECTION_FAILED' // no link could be opened: see phase and cause
  | 'CONNECTION_CLOSED' // the link ended without DISCONNECT
  | 'CONNECTION_REFUSED' // CONNACK with a failure as its reason code
  | 'CONNECT_TIMEOUT' // no CONNACK came in time: phase says how far the attempt came
  | 'AUTHENTICATION_FAILED' // enhanced authentication failed on the client's side, or a re-authentication failed
  | 'UNSUPPORTED_PROTOCOL_VERSION' // there is no version that both sides speak
  | 'SERVER_DISCONNECTED' // DISCONNECT from the broker, with its reason code
  | 'KEEPALIVE_TIMEOUT' // nothing was received after PINGREQ
  | 'ACK_TIMEOUT' // the broker is alive, but does not acknowledge
  | 'MALFORMED_PACKET' // the bytes received are not a valid packet
  | 'PROTOCOL_ERROR' // the packet received is not allowed at this point
  | 'TRANSPORT_ERROR' // the link failed while it was in use
  | 'RECEIVE_OVERFLOW' // a buffer is full: of a link that cannot pause, or with buffer.overflow 'error'
  | 'OPTIONS_FAILED' // perAttempt or onConnectPacket threw, or perAttempt errored, gave no value or took too long
  // Publishing
  | 'NOT_CONNECTED' // a QoS 0 message or a re-authentication while there is no connection
  | 'QUEUE_FULL' // the queue is at its bounds
  | 'MESSAGE_EVICTED' // a newer message took its place in the full queue
  | 'MESSAGE_EXPIRED' // it waited longer than its message expiry
  | 'PUBLISH_REFUSED' // PUBACK or PUBREC with a failure as its reason code
  | 'PUBLISH_TIMEOUT' // the option timeout has elapsed
  | 'SESSION_LOST' // the broker discarded the session, or another page had it: the outcome is unknown
  | 'DELIVERY_GIVEN_UP' // several connections ended right after the message was sent, or it was withdrawn after it was sent
  | 'MESSAGE_DISCARDED' // discard() took it out of the queue
  // Subscribing
  | 'SUBSCRIBE_REFUSED' // SUBACK with a failure for this filter, or several connections ended right after its SUBSCRIBE
  | 'UNSUBSCRIBE_REFUSED' // UNSUBACK with a failure, or several connections ended right after the UNSUBSCRIBE
  | 'DECODE_FAILED' // the option decode threw or rejected for a payload
  // Requests and replies
  | 'REQUEST_TIMEOUT' // no reply came before the option timeout elapsed
  | 'NO_RESPONDER' // the broker says that the request has no subscriber
  | 'HANDLER_FAILED' // the handler of a message threw, or its stream errored
  // The store
  | 'STORE_FAILED' // the store did not open, read or write: see cause
  | 'STORE_UNREADABLE' // what the store holds is damaged, or was written by a newer version
  | 'STORE_IN_USE' // another client, process or page has the session open
  // Traces
  | 'TRACE_UNREADABLE' // a trace is damaged, or was written by a newer version
  // The client
  | 'CLIENT_CLOSED'; // disconnect() was called, or the reconnect strategy gave up

/** How far an attempt to connect had come. */
export type ConnectionPhase = 'options' | 'dns' | 'tcp' | 'tls' | 'websocket' | 'mqtt' | 'auth';

/** The outcome of a message whose publish failed: certainly not delivered, unknown, or kept in the store, to be sent after a restart. */
export type FailedDelivery = 'rejected' | 'indeterminate' | 'stored';

/** The details of an error, besides its code and message. */
export interface MqttErrorInfo {
  /** The reason code of MQTT 5.0 (section 2.4). Return codes of 3.x are translated. */
  reasonCode?: number | undefined;
  /** The Reason String of the broker, unchanged. The message contains it escaped and shortened. */
  reasonString?: string | undefined;
  /** How far the attempt to connect had come. */
  phase?: ConnectionPhase | undefined;
  /** Whether the same operation can succeed later without a change. Default false. */
  retryable?: boolean | undefined;
  /**
   * Set for each failed publish, outcome of `publishAll` and request. Not set for `DECODE_FAILED`, because a reply proves that the
   * request arrived.
   */
  delivery?: FailedDelivery | undefined;
  /** The option, filter or topic that the error is about, unchanged. The message contains it escaped and shortened. */
  subject?: string | undefined;
  /** The address to which the broker redirects the client (Server Reference, 5.0 section 4.11). */
  serverReference?: string | undefined;
  /** The original error. */
  cause?: unknown;
}

const brand: unique symbol = Symbol.for('rxjs-mqtt.MqttError') as never;

/**
 * The class of all errors of this library. Distinguish them by `code`; `cause` holds the original error. They never contain a credential.
 *
 * `message`, and with it `stack`, is one line of at most 2,000 characters, in which control characters are escaped. `cause`,
 * `reasonString`, `subject` and `serverReference` are unchanged, so escape them before you write them to a log.
 *
 * `MqttError.is(e)` also recognizes errors of another copy of this library, which `instanceof` does not.
 */
export class MqttError extends Error {
  override readonly name = 'MqttError';
  declare readonly [brand]: true;
  declare readonly reasonCode?: number;
  declare readonly reasonString?: string;
  declare readonly phase?: ConnectionPhase;
  declare readonly delivery?: FailedDelivery;
  declare readonly subject?: string;
  declare readonly serverReference?: string;
  readonly retryable: boolean;

  constructor(
    readonly code: MqttErrorCode,
    message: string,
    info: MqttErrorInfo = {},
  ) {
    super(printableMessage(message), info.cause === undefined ? undefined : { cause: info.cause });
    const { retryable = false, cause: _, ...known } = info;
    // it is not enumerable, so that logs do not show it
    Object.defineProperty(this, brand, { value: true });
    this.retryable = retryable;
    for (const [key, value] of Object.entries(known)) if (value !== undefined) Object.assign(this, { [key]: value });
  }

  /** Returns what JSON holds of the error: its name, code, message and details, without `cause` and `stack`. */
  toJSON(): object {
    return Object.assign({ message: this.message }, this);
  }

  /** Returns whether `value` is an MqttError of this or another copy of the library and, if you pass `code`, has that code. */
  static is(value: unknown, code?: MqttErrorCode): value is MqttError {
    if (typeof value !== 'object' || value === null || !(brand in value)) return false;
    return code === undefined || (value as MqttError).code === code;
  }
}

/** Returns an error like another one, with another message and other details. */
export const reworded = (error: MqttError, message: string, changes: MqttErrorInfo = {}): MqttError =>
  new MqttError(error.code, message, Object.assign({ cause: error.cause }, error, changes));
