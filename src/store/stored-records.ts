import type { Receipt } from '../protocol/session-recorder.js';
import type { MessageRecord, OutgoingPublish } from '../protocol/outbound/outgoing-publish.js';
import type { Batch } from './batch.js';
import type { JournalConfig } from './journal-config.js';
import type { LoadedSession } from './load-session.js';
import {
  CLIENT_ID_KEY,
  FORMAT,
  FORMAT_KEY,
  SPENT_IDS_KEY,
  EPOCH_KEY,
  encodeEpoch,
  encodeIds,
  encodeMessage,
  encodePosition,
  encodeReceipt,
  messageKey,
  positionKey,
  receiptKey,
} from './records.js';
import { encodeText } from './record-content.js';
import type { StoreChange } from '../stored-session.js';

/** Knows which records are in the store, and makes the changes that follow the session. Lives from one opening to the next close. */
export class StoredRecords {
  readonly #config: JournalConfig;
  #nextSequence: number;
  #hasFormat: boolean;
  /** By packet identifier; `undefined` where it is not known what the store has. */
  readonly #receipts = new Map<number, Receipt | undefined>();
  clientId: string | undefined;
  /** The number of the session at the broker. */
  #epoch: number;

  constructor(config: JournalConfig, loaded: LoadedSession) {
    this.#config = config;
    this.#nextSequence = loaded.nextSequence;
    this.#hasFormat = loaded.hasFormat;
    this.#epoch = loaded.epoch;
    for (const packetId of loaded.outdated) this.#receipts.set(packetId, undefined);
    this.clientId = loaded.restored.clientId;
    for (const [packetId, message] of loaded.restored.received) this.#receipts.set(packetId, message ?? 'delivered');
  }

  /** Returns what to write so that the store has what the session is now. */
  changesOf(batch: Batch): StoreChange[] {
    const changes: StoreChange[] = [];
    const wallClockOffset = this.#config.wallClock() - this.#config.scheduler.now();
    if (batch.hasClientId && this.clientId !== undefined)
      changes.push({ type: 'put', key: CLIENT_ID_KEY, value: encodeText(this.clientId) });
    if (batch.hasEpoch) changes.push({ type: 'put', key: EPOCH_KEY, value: encodeEpoch(this.#epoch) });
    for (const message of batch.messages) this.#addMessage(changes, message, wallClockOffset);
    for (const packetId of batch.received) if (this.#addReceipt(changes, packetId)) batch.changedReceipts.add(packetId);
    if (batch.hasSpentIds) {
      const ids = this.#config.spentIds();
      changes.push(
        ids.length === 0
          ? { type: 'del', key: SPENT_IDS_KEY }
          : { type: 'put', key: SPENT_IDS_KEY, value: encodeIds(ids) },
      );
    }
    if (changes.length > 0 && !this.#hasFormat) {
      batch.hasFormat = true;
      changes.push({ type: 'put', key: FORMAT_KEY, value: Uint8Array.of(FORMAT) });
    }
    return changes;
  }

  /** Records that the broker has lost the session. What the store has of received messages is of the session before. */
  beginNewSession(): void {
    this.#epoch++;
    for (const packetId of this.#receipts.keys()) this.#receipts.set(packetId, undefined);
  }

  /** Records that a batch is in the store. */
  written(batch: Batch): void {
    this.#hasFormat ||= batch.hasFormat;
    for (const { record } of batch.messages) if (record) record.isDurable = record.stored !== 'nothing';
  }

  /** Records that it is not known what the store has of a batch. */
  failed(batch: Batch): void {
    for (const { record } of batch.messages) if (record) record.stored = 'unknown';
    for (const packetId of batch.changedReceipts) this.#receipts.set(packetId, undefined);
  }

  /** Returns the change by which a program writes or deletes a receipt itself. */
  receiptChange(packetId: number, receipt: 'delivered' | 'none'): StoreChange {
    const key = receiptKey(packetId);
    return receipt === 'none'
      ? { type: 'del', key }
      : { type: 'put', key, value: encodeReceipt('delivered', this.#epoch) };
  }

  /** Records that the program has done so. */
  adoptReceipt(packetId: number, receipt: 'delivered' | 'none'): void {
    if (receipt === 'none') this.#receipts.delete(packetId);
    else this.#receipts.set(packetId, receipt);
  }

  #addMessage(changes: StoreChange[], message: OutgoingPublish, wallClockOffset: number): void {
    const wanted = this.#wanted(message);
    if (wanted === 'nothing' && message.record === undefined) return;
    const record: MessageRecord = (message.record ??= {
      sequence: this.#nextSequence++,
      stored: 'nothing',
      hasPosition: false,
      isDurable: false,
    });
    const { sequence, stored, hasPosition } = record;
    const hasMessage = stored === 'queued' || stored === 'sent';
    // only a position says that a message is withdrawn
    const isPositioned = wanted === 'sent' && (hasMessage || message.withdrawn);
    if (wanted === 'nothing') {
      if (stored !== 'nothing') changes.push({ type: 'del', key: messageKey(sequence) });
    } else if (wanted !== stored && !(isPositioned && hasMessage)) {
      const { tag } = message;
      const isNew = stored === 'nothing' || stored === 'unknown';
      const put = { type: 'put', key: messageKey(sequence), value: encodeMessage(message, wallClockOffset) } as const;
      changes.push(isNew && tag !== undefined ? { ...put, tag } : put);
    }
    if (isPositioned) changes.push({ type: 'put', key: positionKey(sequence), value: encodePosition(message) });
    else if (hasPosition || stored === 'unknown') changes.push({ type: 'del', key: positionKey(sequence) });
    record.hasPosition = isPositioned;
    record.stored = wanted;
  }

  #wanted({ stage, qos, requestedQoS }: OutgoingPublish): Exclude<MessageRecord['stored'], 'unknown'> {
    switch (stage) {
      case 'queued':
        return requestedQoS > 0 || this.#config.keepsQos0 ? 'queued' : 'nothing';
      case 'sent':
        return qos > 0 ? 'sent' : 'nothing';
      case 'released':
        return 'released';
      default:
        return 'nothing';
    }
  }

  /** Returns whether the receipt has to be changed. */
  #addReceipt(changes: StoreChange[], packetId: number): boolean {
    const wanted = this.#config.receiptOf(packetId);
    const stored = this.#receipts.has(packetId) ? this.#receipts.get(packetId) : 'none';
    if (wanted === 'open') this.#receipts.set(packetId, undefined);
    if (wanted === stored || wanted === 'open') return false;
    const key = receiptKey(packetId);
    if (wanted === 'none') {
      this.#receipts.delete(packetId);
      changes.push({ type: 'del', key });
    } else {
      this.#receipts.set(packetId, wanted);
      changes.push({ type: 'put', key, value: encodeReceipt(wanted, this.#epoch) });
    }
    return true;
  }
}
