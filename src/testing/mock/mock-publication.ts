import type { Subscriber } from 'rxjs';
import type { PublishOptions } from '../../call-options.js';
import { checkPublishOptions } from '../../client/options/check-calls.js';
import { encodePayload } from '../../client/publishing/payload.js';
import type { MqttError } from '../../errors.js';
import type { QoS } from '../../message.js';
import { utf8Decoder } from '../../platform.js';
import { publishRefused } from '../../protocol/delivery-errors.js';
import { assertTopicName } from '../../protocol/topics/validate.js';
import type { AckEvent, PublishResult } from '../../results.js';
import { misuse } from '../marbles/failure.js';

const decoder = /* @__PURE__ */ utf8Decoder();

/** A message that the application published by a {@link MockMqtt}. */
export class MockPublication {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: NonNullable<PublishOptions['properties']>;
  #status: 'pending' | 'delivered' | 'failed' | 'unsubscribed' = 'pending';
  readonly #subscriber: Subscriber<PublishResult>;
  readonly #settled: (ack: AckEvent) => void;

  /** @internal */
  constructor(
    topic: string,
    payload: unknown,
    options: PublishOptions<never>,
    subscriber: Subscriber<PublishResult>,
    settled: (ack: AckEvent) => void,
  ) {
    assertTopicName(topic);
    checkPublishOptions(options);
    this.topic = topic;
    this.payload = encodePayload(payload, options.encode, topic).slice();
    this.qos = options.qos ?? 0;
    this.retain = options.retain ?? false;
    this.properties = options.properties ?? {};
    this.#subscriber = subscriber;
    this.#settled = settled;
    subscriber.add(() => {
      if (this.isPending) this.#status = 'unsubscribed';
    });
  }

  get status(): 'pending' | 'delivered' | 'failed' | 'unsubscribed' {
    return this.#status;
  }

  get isPending(): boolean {
    return this.#status === 'pending';
  }

  /** The payload as UTF-8 text. */
  text(): string {
    return decoder.decode(this.payload);
  }

  /** The payload parsed as JSON. */
  json<T = unknown>(): T {
    return JSON.parse(this.text()) as T;
  }

  /** Delivers it: `publish()` emits a result and completes. What is given replaces parts of that result. */
  settle(result: Partial<PublishResult> = {}): void {
    this.#end('delivered');
    const { topic, qos } = this;
    const { reasonCode = 0 } = result;
    this.#subscriber.next({ topic, qos, requestedQoS: qos, reached: 'acknowledged', reasonCode, ...result });
    this.#subscriber.complete();
    this.#settled({ kind: 'publish', topic, qos, packetId: 0, delivery: 'delivered', reasonCode });
  }

  /** `publish()` errors: with this error, or with `PUBLISH_REFUSED` for a reason code. */
  fail(error: MqttError | number): void {
    this.#end('failed');
    const { topic, qos } = this;
    const why = typeof error === 'number' ? this.#refusal(error) : error;
    this.#subscriber.error(why);
    const { delivery = 'rejected', reasonCode = 0 } = why;
    this.#settled({ kind: 'publish', topic, qos, packetId: 0, delivery, reasonCode, error: why });
  }

  #end(status: 'delivered' | 'failed'): void {
    if (!this.isPending) {
      throw misuse(`The message to '${this.topic}' cannot be settled: it is ${this.#status} already.`);
    }
    this.#status = status;
  }

  #refusal(reasonCode: number): MqttError {
    const { topic, payload, qos, retain } = this;
    return publishRefused(
      { cmd: 'publish', topic, payload, qos, retain, dup: false },
      { cmd: 'puback', packetId: 1, reasonCode },
    );
  }
}
