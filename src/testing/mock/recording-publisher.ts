import { Subject } from 'rxjs';
import type { Publication } from '../../client/publishing/publication.js';
import { Publisher } from '../../client/publishing/publisher.js';
import { MockPublication } from './mock-publication.js';

/** The publisher of the client, which records the messages that it accepts. */
export class RecordingPublisher extends Publisher {
  readonly published: MockPublication[] = [];
  readonly #changed$ = new Subject<void>();

  /** Emits when a message was published or has settled. */
  readonly changed$ = this.#changed$.asObservable();
  readonly changed = (): void => this.#changed$.next();

  override enqueue(publication: Publication, timeout: number | undefined): void {
    const record = new MockPublication(publication, {
      takeBack: () => this.sender.cancel(publication),
      settled: (error, ack) => this.onSettled(publication, error, ack),
      changed: this.changed,
    });
    this.published.push(record);
    try {
      super.enqueue(publication, timeout);
    } catch (error) {
      this.published.splice(this.published.lastIndexOf(record), 1);
      throw error;
    }
    this.changed();
  }

  override abandon(publication: Publication): void {
    super.abandon(publication);
    this.changed();
  }
}
