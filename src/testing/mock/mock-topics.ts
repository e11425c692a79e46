import type { Subject } from 'rxjs';
import { type Observable, type SchedulerLike } from 'rxjs';
import type { TopicFilters, TopicOptions, UnsubscribeOptions } from '../../call-options.js';
import { type Inbound, inbound } from '../../client/topics/inbound.js';
import { toBytes } from '../../client/publishing/payload.js';
import { Signal } from '../../client/signal.js';
import { Topics } from '../../client/topics/topics.js';
import { Trampoline } from '../../client/trampoline.js';
import { MqttError } from '../../errors.js';
import { MqttMessage, type Payload } from '../../message.js';
import type { SubackPacket, SubscriptionRequest, UnsubackPacket } from '../../packets.js';
import { PacketIds } from '../../protocol/packet-ids.js';
import { Subscriptions } from '../../protocol/subscriptions.js';
import { assertTopicName } from '../../protocol/topics/validate.js';
import { TopicPrefixes } from '../../protocol/topics/prefixes.js';
import type { Template } from '../../protocol/topics/template.js';
import type { AckEvent, UndecodableMessage, Unsubscribed } from '../../results.js';
import { misuse } from '../marbles/failure.js';

/** What a message may have beside topic and payload. */
export type Given = Partial<Pick<MqttMessage, 'qos' | 'retain' | 'dup' | 'packetId' | 'properties'>>;

/** The streams of topics as the client makes them; where a broker would be asked, it is granted at once. */
export class MockTopics {
  readonly #inbound: Inbound;
  readonly #subscriptions = new Subscriptions(new PacketIds());
  readonly #topics: Topics;
  /** What is subscribed now, in the broker's form. */
  readonly #held = new Map<string, SubscriptionRequest>();

  readonly unrouted$: Observable<MqttMessage>;
  readonly undecodable$: Observable<UndecodableMessage>;

  constructor(
    readonly scheduler: SchedulerLike,
    ack$: Subject<AckEvent>,
  ) {
    const trampoline = new Trampoline();
    this.#subscriptions.begin(false, 'ifSessionLost');
    const resubscribe = new Signal(trampoline);
    this.#inbound = inbound({
      copies: this.#subscriptions.copies,
      receiver: { heldUp: 0, isHeldUp: () => false },
      hold: { when: 'never', max: Infinity, timeout: 0 },
      ackWarnAfter: 0,
      scheduler,
      tick: scheduler,
      trampoline,
    });
    this.unrouted$ = this.#inbound.unclaimed.unrouted$;
    this.#topics = new Topics({
      topicPrefixes: new TopicPrefixes(),
      scheduler,
      ...this.#inbound,
      subscriptions: this.#subscriptions,
      resubscribe,
      ack$,
    });
    this.undecodable$ = this.#topics.undecodable$;
    // eslint-disable-next-line rxjs-x/no-ignored-error -- a signal has none
    resubscribe.heard$.subscribe(() => this.#grant());
  }

  /** Messages that somebody is still to answer for. */
  get unacknowledged(): number {
    return this.#inbound.deliveries.size;
  }

  get filters(): readonly string[] {
    return [...this.#held.keys()];
  }

  topic$(filter: TopicFilters, options: TopicOptions | undefined): Observable<MqttMessage> {
    return this.#topics.topic$(filter, options);
  }

  template(text: string): Template {
    return this.#topics.template(text);
  }

  unsubscribe(filters: string | readonly string[], options: UnsubscribeOptions | undefined): Observable<Unsubscribed> {
    return this.#topics.unsubscribe(filters, options);
  }

  holds(filter: string): boolean {
    return this.#subscriptions.holds(filter);
  }

  get unclaimed(): (message: MqttMessage) => void {
    return this.#inbound.unclaimed.show;
  }

  emit(topic: string, payload: Payload, given: Given): void {
    assertTopicName(topic);
    const { qos = 0, retain = false, dup = false, packetId, properties } = given;
    this.#inbound.dispatcher.dispatch(new MqttMessage(topic, toBytes(payload), qos, retain, dup, packetId, properties));
  }

  fail(filter: string, error: MqttError | number): void {
    if (!this.#held.has(filter)) {
      const known = this.filters.map(one => `'${one}'`).join(', ') || 'nothing';
      throw misuse(`fail: nobody is subscribed to '${filter}'; subscribed is ${known}.`);
    }
    if (typeof error !== 'number') return this.#topics.obstructed(about(filter, error));
    const refusal: SubackPacket = { cmd: 'suback', packetId: 1, reasonCodes: [error] };
    this.#topics.settled(refusal, { filters: [filter], reasonCodes: refusal.reasonCodes });
  }

  /** The client is closed: the streams complete, or error with why. */
  end(error: MqttError | undefined): void {
    this.#topics.end(error);
  }

  #grant(): void {
    for (;;) {
      const request = this.#subscriptions.takeRemoval(({ unsent }) => [...unsent]);
      if (request === undefined) break;
      const packetId = this.#subscriptions.start(request);
      const reasonCodes = request.filters.map(filter => (this.#held.delete(filter) ? 0 : 0x11));
      const answer: UnsubackPacket = { cmd: 'unsuback', packetId, reasonCodes };
      this.#topics.settled(answer, this.#subscriptions.unsuback(answer)!);
    }
    const { subscribe: requests, unsubscribe: filters } = this.#subscriptions.takeChanges();
    if (filters.length > 0) {
      for (const filter of filters) this.#held.delete(filter);
      const packetId = this.#subscriptions.start({ kind: 'unsubscribe', filters });
      const answer: UnsubackPacket = { cmd: 'unsuback', packetId, reasonCodes: filters.map(() => 0) };
      this.#topics.settled(answer, this.#subscriptions.unsuback(answer)!);
    }
    if (requests.length > 0) {
      for (const request of requests) this.#held.set(request.filter, request);
      const packetId = this.#subscriptions.start({ kind: 'subscribe', requests });
      const answer: SubackPacket = { cmd: 'suback', packetId, reasonCodes: requests.map(({ qos }) => qos) };
      this.#topics.settled(answer, this.#subscriptions.suback(answer)!);
    }
  }
}

/** An error of a filter has it as its subject. */
function about(filter: string, error: MqttError): MqttError {
  if (error.subject === filter) return error;
  const { code, message, reasonCode, reasonString, retryable, cause } = error;
  return new MqttError(code, message, { reasonCode, reasonString, retryable, cause, subject: filter });
}
