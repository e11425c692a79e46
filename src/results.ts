import type { FailedDelivery, MqttError } from './errors.js';
import type { MqttMessage, Payload, QoS, UserProperties } from './message.js';
import type { OutgoingMessage } from './options/call-options.js';
import type { Packet } from './packets.js';

/** The value that `publish()` emits when its message has come as far as `until` asks. */
export interface PublishResult {
  readonly topic: string;
  /** The QoS with which the message was or will be sent. */
  readonly qos: QoS;
  /**
   * The QoS that you requested. It is above `qos` if the option `maximumQoS` or a 3.x broker lowered it. With `until: 'queued'`, it may
   * still be lowered afterwards.
   */
  readonly requestedQoS: QoS;
  /** How far the message has come: accepted by the queue, handed to the link, or acknowledged (QoS 0: handed to the link). */
  readonly reached: 'queued' | 'sent' | 'acknowledged';
  /** The packet identifier of a QoS 1 or 2 message that was sent. */
  readonly packetId?: number;
  /** 0, or 0x10 if the broker says that nobody subscribes to the topic. */
  readonly reasonCode: number;
  readonly reasonString?: string;
  readonly userProperties?: UserProperties;
  /** The `tag` of the message. */
  readonly tag?: string;
}

/**
 * The outcome of one message of `publishAll`. `'rejected'`: it was certainly not delivered, and you can publish it again.
 * `'indeterminate'`: it is not known whether the broker has it. `'stored'`: the client closed, and the store keeps the message.
 */
export type PublishOutcome<T = Payload> =
  | {
      readonly status: 'published';
      /** The same object that the source emitted. */
      readonly message: OutgoingMessage<T>;
      readonly result: PublishResult;
    }
  | {
      readonly status: FailedDelivery;
      readonly message: OutgoingMessage<T>;
      readonly error: MqttError;
    };

/** How a message settled: the broker has it, the broker certainly does not have it, or it is not known. */
export type Delivery = 'delivered' | 'rejected' | 'indeterminate';

/** A settled publish, or an answered SUBSCRIBE or UNSUBSCRIBE. */
export type AckEvent =
  | {
      readonly kind: 'publish';
      readonly topic: string;
      readonly qos: QoS;
      /** 0 if the message never had a packet identifier. */
      readonly packetId: number;
      /** The `tag` of the message. */
      readonly tag?: string;
      readonly delivery: Delivery;
      /** The reason code of the broker, or 0. */
      readonly reasonCode: number;
      /** Why the message was not delivered. */
      readonly error?: MqttError;
    }
  | {
      readonly kind: 'subscribe' | 'unsubscribe';
      readonly packetId: number;
      readonly filters: readonly string[];
      /** One for each filter: the granted QoS, or a failure of 0x80 and above. Empty for the UNSUBACK of 3.x. */
      readonly reasonCodes: readonly number[];
      /** The Reason String of the broker, 5.0. */
      readonly reasonString?: string;
      readonly userProperties?: UserProperties;
    };

/** The value of `unsubscribe()`: the broker no longer holds any of the filters. */
export interface Unsubscribed {
  /** The filters as the broker knows them, each once. */
  readonly filters: readonly string[];
  /** The packet identifier of the UNSUBSCRIBE; of the last one, if the filters needed several. */
  readonly packetId: number;
  /** One for each filter: 0, or 0x11 if there was no subscription. Empty in 3.x, whose UNSUBACK has no reason codes. */
  readonly reasonCodes: readonly number[];
  readonly reasonString?: string;
  readonly userProperties?: UserProperties;
}

/** The value that a `subscribeObserver` gets: the broker has granted all filters of the stream. */
export interface Subscribed {
  /** The filters as the broker knows them, in the order of the stream. */
  readonly filters: readonly string[];
  /** The packet identifier of the SUBSCRIBE that was answered last. */
  readonly packetId: number;
  /** One for each filter: the granted QoS, which may be lower than the requested one. */
  readonly reasonCodes: readonly number[];
  /** The Reason String of that SUBACK, 5.0. */
  readonly reasonString?: string;
  readonly userProperties?: UserProperties;
}

/** A message that the option `decode` of a `topic$` could not read. */
export interface UndecodableMessage {
  /** The filters of the `topic$`, as the broker knows them. */
  readonly filters: readonly string[];
  readonly message: MqttMessage;
  /** A `DECODE_FAILED`, whose `cause` is the error that `decode` threw. */
  readonly error: MqttError;
}

/** The outcome of a request that `respond()` received: one value for each reply, or one that says why there was none. */
export type Responded =
  | {
      readonly status: 'replied';
      readonly request: MqttMessage;
      /** The topic of the reply. */
      readonly topic: string;
      /** The result of publishing the reply. A `reasonCode` of 0x10 says that nobody waits for it any more. */
      readonly result: PublishResult;
    }
  /** `HANDLER_FAILED`, `DECODE_FAILED`, or the error of publishing a reply. A stream of replies continues after such an error. */
  | { readonly status: 'failed'; readonly request: MqttMessage; readonly error: MqttError }
  /**
   * The handler gave no value, or was not called: the message has no response topic, or one that the option `replyTo` refuses, or too
   * many requests waited, or the message became stale while it waited (the broker sends it again, if the session lasts).
   */
  | {
      readonly status: 'unanswered';
      readonly request: MqttMessage;
      readonly reason: 'noValue' | 'noResponseTopic' | 'replyTopicRefused' | 'overflow' | 'stale';
    };

/** An outgoing message that has not settled. It shows the message as it was when it was emitted. */
export interface OutboxEntry {
  readonly topic: string;
  readonly qos: QoS;
  readonly retain: boolean;
  /** Bytes of topic, payload and properties; 0 once the broker has received a QoS 2 message. */
  readonly bytes: number;
  /** The `tag` of the message. */
  readonly tag?: string;
  /**
   * `'waiting'`: it has not been sent. `'sent'`: it is in flight. `'received'`: the broker has sent PUBREC, and PUBCOMP is due (QoS 2).
   */
  readonly stage: 'waiting' | 'sent' | 'received';
}

/** What a store knew of the session when the client opened it. */
export interface Restored {
  /** The client identifier, if it was not configured. */
  readonly clientId?: string;
  /** The number of messages that have not been sent. */
  readonly waiting: number;
  /** The number of messages that were sent and have not settled. */
  readonly inFlight: number;
  /** The number of received QoS 2 messages whose PUBREL is due. */
  readonly received: number;
  /**
   * The messages that waited or were in flight, in the order of publishing. Read it when you get the value: it is made when you first read
   * it, with the `stage` that each message has by then.
   */
  readonly entries: readonly OutboxEntry[];
}

/** A packet that was sent or received, without passwords and authentication data. */
export interface PacketEvent<P extends Packet = Packet> {
  readonly direction: 'received' | 'sent';
  readonly packet: Readonly<P>;
  /** ms since 1970 by `Date.now()`, or by the clock of the option `scheduler`. */
  readonly timestamp: number;
}

/** The figures of a client at one moment. */
export interface ClientStats {
  /** QoS 1 and 2 messages that were sent and have not settled. */
  readonly inFlight: number;
  /** Messages that wait to be sent, and their bytes. */
  readonly queued: { readonly messages: number; readonly bytes: number };
  /** Bytes that are encoded, but not yet handed to the network. */
  readonly unsentBytes: number;
  /** ms from the last CONNECT or PINGREQ to its answer; undefined before the first answer. */
  readonly roundTrip: number | undefined;
  /** The number of connections after the first one. */
  readonly reconnects: number;
  /** The packet identifier of the next message, or 0 if all are in use. */
  readonly nextPacketId: number;
  /** Received messages that are not acknowledged: those of streams with `ack: 'manual'`, and those held for a later stream. */
  readonly unacknowledged: number;
  /** ms since the oldest unacknowledged message arrived; 0 if there is none. */
  readonly oldestUnacknowledged: number;
  /** Whether reading from the network is paused until some of them are acknowledged. */
  readonly paused: boolean;
}
