import { printableMessage } from './quoted.js';

/** What went wrong, for programs. `docs/errors.md` says of each when it comes and what to do. */
export type MqttErrorCode =
  // what was asked for cannot be
  | 'INVALID_ARGUMENT' // an option, URL, topic, filter or payload that cannot be right
  | 'NOT_SUPPORTED' // the broker, the version in use or this platform cannot do it
  | 'PACKET_TOO_LARGE' // above the Maximum Packet Size of the receiver, theirs or ours
  | 'SUBSCRIPTION_CONFLICT' // two streams of one filter with options that cannot be merged, or unsubscribe() of what a stream holds
  // the connection
  | 'CONNECTION_FAILED' // no link: see phase and cause
  | 'CONNECTION_CLOSED' // the link ended without a word
  | 'CONNECTION_REFUSED' // CONNACK with a reason code
  | 'CONNECT_TIMEOUT' // no CONNACK in time: phase says how far it came
  | 'AUTHENTICATION_FAILED' // the enhanced authentication, on our side or anew on a live connection
  | 'UNSUPPORTED_PROTOCOL_VERSION' // no version that both sides speak
  | 'SERVER_DISCONNECTED' // DISCONNECT from the broker, with its reason code
  | 'KEEPALIVE_TIMEOUT' // PINGREQ was followed by silence
  | 'ACK_TIMEOUT' // the broker lives, but does not acknowledge
  | 'MALFORMED_PACKET' // bytes that are no packet
  | 'PROTOCOL_ERROR' // a packet that has no place here
  | 'TRANSPORT_ERROR' // the link failed while in use
  | 'RECEIVE_OVERFLOW' // too much came over a link that cannot be paused
  | 'OPTIONS_FAILED' // the options function threw, errored, gave nothing, or took too long
  // publishing
  | 'NOT_CONNECTED' // QoS 0, or an authentication anew, while there is no connection
  | 'QUEUE_FULL' // the bounds of the queue
  | 'MESSAGE_EVICTED' // pushed out of the full queue by a newer message
  | 'MESSAGE_EXPIRED' // waited longer than its expiry
  | 'PUBLISH_REFUSED' // PUBACK or PUBREC with a reason code
  | 'PUBLISH_TIMEOUT' // the time the caller allowed is over
  | 'SESSION_LOST' // in flight when the broker forgot the session: nobody knows
  | 'DELIVERY_GIVEN_UP' // connections ended at the message again and again, or it was withdrawn after it was sent
  // subscribing
  | 'SUBSCRIBE_REFUSED' // SUBACK with a reason code for this filter, or connections ended at it again and again
  | 'UNSUBSCRIBE_REFUSED' // UNSUBACK with a reason code, or connections ended at it again and again
  | 'DECODE_FAILED' // the option decode threw at a payload
  // requests and their replies
  | 'REQUEST_TIMEOUT' // no reply in the time the caller allowed
  | 'NO_RESPONDER' // the broker says that nobody listens
  | 'HANDLER_FAILED' // what the handler of a message threw, or its stream errored with
  // the client
  | 'CLIENT_CLOSED'; // disconnect() was called, or the reconnect strategy gave up

/** How far a connection had come. */
export type ConnectionPhase = 'options' | 'dns' | 'tcp' | 'tls' | 'websocket' | 'mqtt' | 'auth';

/** What is known of a message whose publish failed: certainly not delivered, or nobody can tell. */
export type FailedDelivery = 'rejected' | 'indeterminate';

/** What is known of an error beside its code and message. */
export interface MqttErrorInfo {
  /** Reason code of MQTT 5.0 (section 2.4); the return codes of 3.x are translated. */
  reasonCode?: number | undefined;
  /** The broker's own words, as they came: the message has them escaped and shortened. */
  reasonString?: string | undefined;
  phase?: ConnectionPhase | undefined;
  /** Whether the same attempt can succeed later without a change. */
  retryable?: boolean | undefined;
  /** Of every failed publish, outcome of `publishAll` and request; not of `DECODE_FAILED`, for a reply proves that the request arrived. */
  delivery?: FailedDelivery | undefined;
  /** The option, filter or topic it is about, as it is: the message has it escaped and shortened. */
  subject?: string | undefined;
  /** Where the broker says to go instead (Server Reference). */
  serverReference?: string | undefined;
  cause?: unknown;
}

const brand: unique symbol = Symbol.for('rxjs-mqtt.MqttError') as never;

/**
 * Every error of this library. Tell them apart by `code`; `cause` keeps the original. Never holds a credential.
 *
 * `message`, and with it `stack`, is one line: control characters are escaped, and no more than 2,000 characters are kept. That is not
 * so of `cause`, `reasonString`, `subject` and `serverReference`, which are as they came: quote them before you write them to a log.
 *
 * `MqttError.is(e)` holds for errors of another copy of the library too, where `instanceof` would not.
 */
export class MqttError extends Error {
  override readonly name = 'MqttError';
  readonly [brand] = true;
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
    this.retryable = retryable;
    for (const [key, value] of Object.entries(known)) if (value !== undefined) Object.assign(this, { [key]: value });
  }

  /** Whether `value` is an MqttError, of this copy of the library or another; with `code`, of that code. */
  static is(value: unknown, code?: MqttErrorCode): value is MqttError {
    if (typeof value !== 'object' || value === null || !(brand in value)) return false;
    return code === undefined || (value as MqttError).code === code;
  }
}
