import type { OutgoingMessage } from './options/call-options.js';
import type { FailedDelivery, MqttError } from './errors.js';
import type { MqttMessage, Payload, QoS, UserProperties } from './message.js';
import type { Packet } from './packets.js';

/** What `publish()` emits when its message came as far as `until` asked. */
export interface PublishResult {
  readonly topic: string;
  /** The QoS it was sent with, or will be. */
  readonly qos: QoS;
  /**
   * The QoS that was asked for; above `qos` where the option `maximumQoS`, or a 3.x broker, lowered it. With `until: 'queued'` that may
   * still happen.
   */
  readonly requestedQoS: QoS;
  /** How far it came: accepted by the queue, handed to the link, or acknowledged by the broker (QoS 0: handed to the link). */
  readonly reached: 'queued' | 'sent' | 'acknowledged';
  /** Of QoS 1 and 2, once sent. */
  readonly packetId?: number;
  /** 0, or 0x10 where the broker says that nobody subscribes. */
  readonly reasonCode: number;
  readonly reasonString?: string;
  readonly userProperties?: UserProperties;
}

/**
 * What became of one message of `publishAll`. `'rejected'`: it is certainly not delivered, and can be published again;
 * `'indeterminate'`: nobody can tell.
 */
export type PublishOutcome<T = Payload> =
  | {
      readonly status: 'published';
      /** The very object that came from the source. */
      readonly message: OutgoingMessage<T>;
      readonly result: PublishResult;
    }
  | {
      readonly status: FailedDelivery;
      readonly message: OutgoingMessage<T>;
      readonly error: MqttError;
    };

/** How a message ended: with the broker, certainly not with it, or unknown. */
export type Delivery = 'delivered' | 'rejected' | 'indeterminate';

/** What has been settled, whoever asked for it. */
export type AckEvent =
  | {
      readonly kind: 'publish';
      readonly topic: string;
      readonly qos: QoS;
      /** 0 when none was taken. */
      readonly packetId: number;
      readonly delivery: Delivery;
      /** The broker's, or 0. */
      readonly reasonCode: number;
      /** Why it was not delivered. */
      readonly error?: MqttError;
    }
  | {
      readonly kind: 'subscribe' | 'unsubscribe';
      readonly packetId: number;
      readonly filters: readonly string[];
      /** One a filter: the QoS granted, or a refusal of 0x80 and above. Empty for the UNSUBACK of 3.x. */
      readonly reasonCodes: readonly number[];
      /** What the broker has to say about it, 5.0. */
      readonly reasonString?: string;
      readonly userProperties?: UserProperties;
    };

/** What the broker answered to `unsubscribe()`: it does not hold any of the filters any more. */
export interface Unsubscribed {
  /** As the broker knows them, each once. */
  readonly filters: readonly string[];
  /** Of the UNSUBSCRIBE; of the last one, where the filters took several. */
  readonly packetId: number;
  /** One a filter: 0, or 0x11 where there was no subscription. Empty in 3.x, whose UNSUBACK has none. */
  readonly reasonCodes: readonly number[];
  readonly reasonString?: string;
  readonly userProperties?: UserProperties;
}

/** What a `subscribeObserver` is told: the broker holds all filters of the stream. */
export interface Subscribed {
  /** As the broker knows them, in the order of the stream. */
  readonly filters: readonly string[];
  /** Of the SUBSCRIBE that was answered last. */
  readonly packetId: number;
  /** One a filter: the QoS that the broker granted, which may be lower than the one asked for. */
  readonly reasonCodes: readonly number[];
  /** What the broker said with that answer, 5.0. */
  readonly reasonString?: string;
  readonly userProperties?: UserProperties;
}

/** A message that the option `decode` of a `topic$` could not read. */
export interface UndecodableMessage {
  /** Of the `topic$`, as the broker knows them. */
  readonly filters: readonly string[];
  readonly message: MqttMessage;
  /** `DECODE_FAILED`; its `cause` is what `decode` threw. */
  readonly error: MqttError;
}

/** What became of a request that `respond()` got: one value a reply, or one that says why there was none. */
export type Responded =
  | {
      readonly status: 'replied';
      readonly request: MqttMessage;
      /** Where the reply went. */
      readonly topic: string;
      /** Of its publish; a `reasonCode` of 0x10 says that nobody waits for it any more. */
      readonly result: PublishResult;
    }
  /** `HANDLER_FAILED`, `DECODE_FAILED`, or what its publish failed with. A stream of replies goes on after a failed publish. */
  | { readonly status: 'failed'; readonly request: MqttMessage; readonly error: MqttError }
  /**
   * The handler gave no value. Or it was not called: the message names no response topic, or one that the option `replyTo` refuses; it is
   * one too many of those that wait, or went stale while it waited (it comes again, if the session lasts).
   */
  | {
      readonly status: 'unanswered';
      readonly request: MqttMessage;
      readonly reason: 'noValue' | 'noResponseTopic' | 'replyTopicRefused' | 'overflow' | 'stale';
    };

/** A packet as it passed; passwords and authentication data are left out. */
export interface PacketEvent<P extends Packet = Packet> {
  readonly direction: 'received' | 'sent';
  readonly packet: Readonly<P>;
  /** ms since 1970, when it passed: what `Date.now()` said. With the option `scheduler`, on the clock of that scheduler. */
  readonly timestamp: number;
}

/** Figures of a client at one moment. */
export interface ClientStats {
  /** QoS 1 and 2 messages sent and not yet settled. */
  readonly inFlight: number;
  readonly queued: { readonly messages: number; readonly bytes: number };
  /** Bytes encoded, but not yet given to the network. */
  readonly unsentBytes: number;
  /** ms of the last CONNECT or PINGREQ to its answer; undefined before the first. */
  readonly roundTrip: number | undefined;
  /** Connections after the first one. */
  readonly reconnects: number;
  /** The packet identifier that the next message takes, 0 when all are in use. */
  readonly nextPacketId: number;
  /** Messages that somebody is still to answer for: of streams with `ack: 'manual'`, or held for a stream to come. */
  readonly unacknowledged: number;
  /** ms since the oldest of them came; 0 without one. */
  readonly oldestUnacknowledged: number;
  /** Reading from the network has stopped until some of them are answered. */
  readonly paused: boolean;
}
