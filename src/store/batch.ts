import type { OutgoingPublish } from '../protocol/outbound/outgoing-publish.js';

/** What has changed in a session and is written together. */
export class Batch {
  readonly messages = new Set<OutgoingPublish>();
  /** The packet identifiers of received messages. */
  readonly received = new Set<number>();
  /** Those of them whose receipts the batch changes. */
  readonly changedReceipts = new Set<number>();
  hasSpentIds = false;
  hasEpoch = false;
  hasClientId = false;
  /** Whether it writes the format, which comes with the first record. */
  hasFormat = false;

  /** @param number - counts up, so that a later batch has a higher one. */
  constructor(readonly number: number) {}

  get isEmpty(): boolean {
    return this.messages.size + this.received.size === 0 && !this.hasSpentIds && !this.hasClientId && !this.hasEpoch;
  }

  /** Adds what a batch that failed was to write. */
  addAll(failed: Batch): void {
    // a message without a record was not to be stored, and must not be kept while the store fails
    for (const message of failed.messages) if (message.record) this.messages.add(message);
    for (const packetId of failed.received) this.received.add(packetId);
    this.hasSpentIds ||= failed.hasSpentIds;
    this.hasEpoch ||= failed.hasEpoch;
    this.hasClientId ||= failed.hasClientId;
  }
}
