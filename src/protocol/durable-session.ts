import type { Observable } from 'rxjs';
import type { MqttMessage, PublishProperties, QoS, StoreChange } from '../message.js';
import type { OutgoingPublish } from './outbound/outgoing-publish.js';

/** Is told of each change of a session that has to become durable. It must not throw, and must not change the session. */
export interface SessionRecorder {
  /** Records that a message was enqueued, sent, released or settled. Its stage tells which. */
  recordOutgoing(message: OutgoingPublish): void;
  /** Records that the identifier of a received message is known, or no longer known. */
  recordReceived(packetId: number): void;
  /** Records that the identifiers that must not be used again have changed. */
  recordSpentIds(): void;
  /** Records that the session began anew, so that no receipt of the one before counts. */
  recordNewSession(): void;
  /** Returns the change by which a program stores or deletes the receipt of a message itself. */
  receiptChange(packetId: number, receipt: 'delivered' | 'none'): StoreChange;
  /** Records that the program has done so; `'unknown'`: for a message of a session that is lost. */
  adoptReceipt(packetId: number, receipt: 'delivered' | 'none' | 'unknown'): void;
}

/** What is stored of a received QoS 2 identifier: nothing, that its message was delivered, or the message that is still to be delivered. */
export type Receipt = 'none' | 'delivered' | MqttMessage;

/** How far an outgoing message has come, as far as the store knows. `'unknown'`: a batch with it failed. */
export interface MessageRecord {
  /** Counts up in the order of publishing, over all processes. */
  readonly sequence: number;
  stored: 'nothing' | 'unknown' | 'queued' | 'sent' | 'released';
  /** Whether its packet identifier is in a record of its own. */
  hasPosition: boolean;
  /** Whether the message can be restored after a crash. */
  isDurable: boolean;
}

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

/** Makes the changes of a session durable: all of one turn in one batch, one batch after the other. */
export interface SessionJournal extends SessionRecorder {
  /** Opens the store. Emits what it knew, then completes. Errors with `STORE_IN_USE`, `STORE_UNREADABLE` or `STORE_FAILED`. */
  open(): Observable<RestoredSession>;
  /** Writes what is not durable yet, and closes the store. Completes when that is done; later changes are not recorded. */
  close(): Observable<never>;
  recordClientId(clientId: string): void;
  /** The number of the batch that has to be durable before all changes so far are; 0 if they are. */
  readonly pendingBatch: number;
  /** The number of the last batch that is durable. */
  readonly durableBatch: number;
  /** Emits when a batch has become durable. */
  readonly durable$: Observable<void>;
}
