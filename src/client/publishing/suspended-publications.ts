import type { Sender } from '../../protocol/outbound/sender.js';
import type { StoredMessage } from '../../protocol/session-recorder.js';
import type { Publication } from './publication.js';

/**
 * The messages whose outcome somebody waits for while the store is closed, because the page is hidden. The session has forgotten them, and
 * takes those back that the store still has when it is opened again. Lives with the client.
 */
export class SuspendedPublications {
  /** The key is the sequence number of the record, by which the store finds a message again. */
  readonly #publications = new Map<number, Publication>();

  /** Adds the messages that the store has. Those that were being restored are to be restored again. */
  addAll({ inFlight, queue }: Sender): void {
    for (const publication of this.all) publication.stage = 'settled';
    for (const publication of [...inFlight.all, ...queue.all] as Publication[])
      if (!publication.isSettled && publication.record !== undefined)
        this.#publications.set(publication.record.sequence, publication);
  }

  get size(): number {
    return this.#publications.size;
  }

  get all(): readonly Publication[] {
    return [...this.#publications.values()];
  }

  /** Returns the message that was stored under a sequence number, as far as it has come now. Undefined for a message of another page. */
  restore(stored: StoredMessage, sequence: number): Publication | undefined {
    const publication = this.#publications.get(sequence);
    if (publication === undefined || !isSame(publication, stored)) return undefined;
    publication.restore(stored);
    return publication;
  }

  /** Removes and returns all messages. Those that were not restored are in stage `'settled'`. */
  removeAll(): readonly Publication[] {
    const { all } = this;
    this.#publications.clear();
    return all;
  }
}

/** Whether a record is that of the message. Another page counts on from what the store has, and may reach the same sequence number. */
function isSame(publication: Publication, stored: StoredMessage): boolean {
  const { topic, requestedQoS, retain, tag, payload, bytes } = publication;
  if (topic !== stored.topic || requestedQoS !== stored.requestedQoS || retain !== stored.retain || tag !== stored.tag)
    return false;
  // the payload of a released message is dropped
  if (bytes === 0 || stored.stage === 'released') return true;
  return payload.length === stored.payload.length && payload.every((byte, i) => byte === stored.payload[i]);
}
