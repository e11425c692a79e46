import { type Observable, type Subscriber, noop } from 'rxjs';
import { Slice, type Yielding } from '../../operators/slice.js';
import type { MqttMessage, PublishProperties } from '../../message.js';

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

  /** Emits the stored messages to the subscriber, many of them in slices, and then those of the source. */
  replay(message$: Observable<MqttMessage>, subscriber: Subscriber<MqttMessage>, yielding: Yielding): void {
    // the source may emit between two slices, or because of what the subscriber does with a stored message
    let waiting: MqttMessage[] | undefined = this.all;
    let replayed = 0;
    let end = noop;
    const replayWaiting = () => {
      if (waiting === undefined) return;
      while (replayed < waiting.length && !subscriber.closed) {
        if (slice.isYielding) return;
        subscriber.next(waiting[replayed++]!);
        slice.count();
      }
      waiting = undefined;
      end();
    };
    const slice = new Slice(yielding, replayWaiting);
    const afterReplay = (endNow: () => void) => {
      if (waiting === undefined) endNow();
      else end = endNow;
    };
    subscriber.add(
      message$.subscribe({
        next: message => {
          if (waiting === undefined) subscriber.next(message);
          else waiting.push(message);
        },
        error: (error: unknown) => afterReplay(() => subscriber.error(error)),
        complete: () => afterReplay(() => subscriber.complete()),
      }),
    );
    subscriber.add(() => slice.cancel());
    replayWaiting();
  }
}

/** What a stream copies of a message. */
type Parts = Pick<MqttMessage, 'topic' | 'payload' | 'qos' | 'retain' | 'dup' | 'packetId' | 'properties'>;

/** Copies the bytes of a message. A stored view would keep the whole chunk in memory in which it was read. */
export function withOwnBytes({ topic, payload, qos, retain, dup, packetId, properties }: MqttMessage): Parts {
  return { topic, payload: payload.slice(), qos, retain, dup, packetId, properties: copyCorrelationData(properties) };
}

function copyCorrelationData(properties: PublishProperties): PublishProperties {
  const { correlationData } = properties;
  return correlationData === undefined ? properties : { ...properties, correlationData: correlationData.slice() };
}
