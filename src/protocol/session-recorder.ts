import type { MqttMessage, PublishProperties, QoS } from '../message.js';
import type { StoreChange } from '../stored-session.js';
import type { OutgoingPublish } from './outbound/outgoing-publish.js';

/** Is told of each change of outgoing messages. It must not throw, and must not change the session. */
export interface OutgoingRecorder {
  /** Records that a message was enqueued, sent, released or settled. Its stage tells which. */
  recordOutgoing(message: OutgoingPublish): void;
  /** Records that the identifiers that must not be used again have changed. */
  recordSpentIds(): void;
}

/** Is told of each change of a session that has to become durable. */
export interface SessionRecorder extends OutgoingRecorder {
  /** Records that the identifier of a received message is known, or no longer known. */
  recordReceived(packetId: number): void;
  /** Records that the session began anew, so that no receipt of the one before counts. */
  recordNewSession(): void;
  /** Returns the change by which a program stores or deletes the receipt of a message itself; undefined once the store is closed. */
  receiptChange(packetId: number, receipt: 'delivered' | 'none'): StoreChange | undefined;
  /** Records that the program has done so. */
  adoptReceipt(packetId: number, receipt: 'delivered' | 'none'): void;
}

/**
 * What has to be stored of a received QoS 2 identifier: nothing, that its message was delivered, or the message that is still to be
 * delivered. `'open'`: the program may store or delete it itself at any moment, so that it stays as it is.
 */
export type Receipt = 'none' | 'open' | 'delivered' | MqttMessage;

/** An outgoing message as it is stored. */
export interface StoredMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly requestedQoS: QoS;
  readonly retain: boolean;
  readonly properties: PublishProperties | undefined;
  /** ms on the client's clock */
  readonly expiresAt: number | undefined;
  readonly tag: string | undefined;
  readonly stage: 'queued' | 'sent' | 'released';
  /** 0 for a message that has not been sent. */
  readonly packetId: number;
  readonly sentBefore: boolean;
}

/** What a store knew of a session. */
export interface RestoredSession {
  /** A client identifier that the client made, or that the broker assigned. */
  readonly clientId: string | undefined;
  /** In the order of publishing. */
  readonly messages: readonly OutgoingPublish[];
  /** The received QoS 2 identifiers, with the message where it is still to be delivered. */
  readonly received: ReadonlyMap<number, MqttMessage | undefined>;
  readonly spentIds: readonly number[];
}
