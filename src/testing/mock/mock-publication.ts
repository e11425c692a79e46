import type { PublishAck } from '../../packets.js';
import type { PublishOptions } from '../../options/call-options.js';
import type { Publication } from '../../client/publishing/publication.js';
import type { QoS } from '../../message.js';
import { utf8Decoder } from '../../platform.js';
import type { MqttError } from '../../errors.js';
import { publishRefused } from '../../protocol/outbound/delivery-errors.js';
import type { PublishResult } from '../../results.js';
import { misuse } from '../marbles/failure.js';

const decoder = /* @__PURE__ */ utf8Decoder();

/** The client to which a record belongs. */
interface Owner {
  /** Takes the message out of the queue; returns false if it is no longer there. */
  takeBack(): boolean;
  settled(error?: MqttError, ack?: PublishAck): void;
  changed(): void;
}

/** A message that the application published with a {@link MockMqtt}. */
export class MockPublication {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: NonNullable<PublishOptions['properties']>;
  readonly #publication: Publication;
  readonly #owner: Owner;
  #outcome: 'delivered' | 'failed' | undefined;
  /** The argument of `settle()`. */
  #given: Partial<PublishResult> = {};

  /** @internal */
  constructor(publication: Publication, owner: Owner) {
    const { topic, payload, qos, retain, properties = {} } = publication;
    this.topic = topic;
    this.payload = payload.slice();
    this.qos = qos;
    this.retain = retain;
    this.properties = properties;
    this.#publication = publication;
    this.#owner = owner;
    this.#observe(publication);
  }

  get status(): 'pending' | 'delivered' | 'failed' | 'unsubscribed' {
    return this.#outcome ?? (this.#publication.isSettled ? 'unsubscribed' : 'pending');
  }

  get isPending(): boolean {
    return this.status === 'pending';
  }

  /** Returns the payload as UTF-8 text. */
  text(): string {
    return decoder.decode(this.payload);
  }

  /** Returns the payload parsed as JSON. */
  json<T = unknown>(): T {
    return JSON.parse(this.text()) as T;
  }

  /** Delivers the message: `publish()` emits a result and completes. The properties that you pass replace those of the result. */
  settle(result: Partial<PublishResult> = {}): void {
    this.#takeBack();
    this.#given = result;
    this.#owner.settled(undefined, this.#ack(result.reasonCode));
  }

  /** Lets `publish()` error with this error, or, for a reason code, with `PUBLISH_REFUSED`. */
  fail(error: MqttError | number): void {
    this.#takeBack();
    this.#owner.settled(typeof error === 'number' ? publishRefused(this.#publication, this.#ack(error)) : error);
  }

  /** Notes the outcome of the message before its subscriber gets it. */
  #observe(publication: Publication): void {
    const reached = publication.onReached.bind(publication);
    const failed = publication.onFailed.bind(publication);
    publication.onReached = result => {
      this.#outcome = 'delivered';
      reached({ ...result, ...this.#given });
      this.#owner.changed();
    };
    publication.onFailed = error => {
      this.#outcome = 'failed';
      failed(error);
      this.#owner.changed();
    };
  }

  #takeBack(): void {
    const { topic, status } = this;
    if (status !== 'pending') {
      throw misuse(
        `the message to '${topic}' cannot be settled: it is already '${status}'; only a pending message can be settled`,
      );
    }
    if (!this.#owner.takeBack()) {
      throw misuse(
        `the message to '${topic}' cannot be settled: the mock is sending it and settles it itself; use { settle: 'byHand' }`,
      );
    }
  }

  #ack(reasonCode = 0): PublishAck {
    return { cmd: 'puback', packetId: this.#publication.packetId, reasonCode };
  }
}
