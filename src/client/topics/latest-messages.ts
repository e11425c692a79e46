import type { Observable, Subscriber } from 'rxjs';
import type { MqttMessage } from '../../message.js';

/** The last message of each topic, in the order in which they came. Lives with a route. */
export class LatestMessages {
  readonly #max: number;
  readonly #byTopic = new Map<string, MqttMessage>();

  constructor(max: number) {
    this.#max = max;
  }

  /** An empty payload is nothing to keep: so MQTT deletes a retained message, and its retain flag does not reach old subscribers. */
  note(message: MqttMessage): void {
    this.forget(message.topic);
    if (message.payload.length === 0) return;
    this.#byTopic.set(message.topic, message);
    if (this.#byTopic.size > this.#max) this.#byTopic.delete(this.#byTopic.keys().next().value!);
  }

  forget(topic: string): void {
    this.#byTopic.delete(topic);
  }

  get all(): MqttMessage[] {
    return [...this.#byTopic.values()];
  }

  /** Brings them to a subscriber, then what comes. */
  replay(message$: Observable<MqttMessage>, subscriber: Subscriber<MqttMessage>): void {
    // what it provokes can come while it is being told of the past
    let meanwhile: MqttMessage[] | undefined = [];
    const past = this.all;
    subscriber.add(
      message$.subscribe({
        next: message => {
          if (meanwhile === undefined) subscriber.next(message);
          else meanwhile.push(message);
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
    for (const message of past) subscriber.next(message);
    for (let i = 0; i < meanwhile.length; i++) subscriber.next(meanwhile[i]!);
    meanwhile = undefined;
  }
}
