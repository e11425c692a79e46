import type { Observable, Subscriber } from 'rxjs';
import type { MqttMessage } from '../../message.js';

/** The last message of each topic, in the order of arrival. Lives with a route. */
export class LatestMessages {
  readonly #max: number;
  readonly #byTopic = new Map<string, MqttMessage>();

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Stores the message as the last of its topic. A message with an empty payload removes it instead: such a message deletes a retained
   * message (5.0 section 3.3.1.3), and existing subscribers get it without the retain flag.
   */
  store(message: MqttMessage): void {
    this.delete(message.topic);
    if (message.payload.length === 0) return;
    this.#byTopic.set(message.topic, message);
    if (this.#byTopic.size > this.#max) this.#byTopic.delete(this.#byTopic.keys().next().value!);
  }

  delete(topic: string): void {
    this.#byTopic.delete(topic);
  }

  get all(): MqttMessage[] {
    return [...this.#byTopic.values()];
  }

  /** Emits the stored messages to the subscriber, and then those of the source. */
  replay(message$: Observable<MqttMessage>, subscriber: Subscriber<MqttMessage>): void {
    // the source may emit while the stored messages are replayed: what the subscriber does with one can cause a new message
    let arrivedDuringReplay: MqttMessage[] | undefined = [];
    const stored = this.all;
    subscriber.add(
      message$.subscribe({
        next: message => {
          if (arrivedDuringReplay === undefined) subscriber.next(message);
          else arrivedDuringReplay.push(message);
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
    for (const message of stored) subscriber.next(message);
    for (let i = 0; i < arrivedDuringReplay.length; i++) subscriber.next(arrivedDuringReplay[i]!);
    arrivedDuringReplay = undefined;
  }
}
