import { ClientContext } from '../../../src/client/client-context.js';
import { Dispatcher } from '../../../src/client/topics/dispatcher.js';
import type { TableRoute } from '../../../src/client/topics/route.js';
import { MqttMessage, type PublishProperties } from '../../../src/message.js';
import type { SubscriptionRequest } from '../../../src/packets.js';
import type { Request } from '../../../src/protocol/subscriptions/subscription-request.js';
import { matches } from '../../../src/protocol/topics/match.js';
import { TopicPrefixes } from '../../../src/protocol/topics/prefixes.js';
import { parseShare } from '../../../src/protocol/topics/syntax.js';

/** A copy of a message for each subscription, or one with the identifiers of them all (5.0 section 3.3.4). */
export type Copying = 'each' | 'one';

type Upwards = { packetId: number } & Request;
type Downwards = MqttMessage | (() => void);

/** What one stream was given. */
export class Stream implements TableRoute {
  readonly texts: string[] = [];
  /** How many SUBSCRIBEs the client had sent when it came. */
  since = 0;

  readonly patterns: readonly (readonly string[])[];

  constructor(readonly filters: readonly string[]) {
    const prefixes = new TopicPrefixes();
    this.patterns = filters.map(filter => prefixes.patternsOf(filter));
  }

  readonly manual = false;

  deliver(message: MqttMessage): undefined {
    this.texts.push(message.text());
  }

  count(text: string): number {
    return this.texts.filter(each => each === text).length;
  }
}

/** The streams and the subscriptions of a client, a broker that holds them, and what is on its way between them. */
export class CopyingBroker {
  readonly #context = new ClientContext({ unrouted: 'acknowledge', random: () => 0 });
  readonly subscriptions = this.#context.subscriptions;
  readonly dispatcher = new Dispatcher<Stream>(this.#context);
  readonly streams = new Set<Stream>();
  readonly unrouted: string[] = [];
  /** Of the broker's session. */
  readonly held = new Map<string, SubscriptionRequest & { identifier: number | undefined }>();
  readonly #copying: Copying;
  readonly #retained: readonly string[];
  #up: Upwards[] = [];
  #down: Downwards[] = [];
  /** Of each filter: the number of the last SUBSCRIBE that had retained messages sent. */
  readonly brought = new Map<string, number>();
  #started = 0;

  constructor(copying: Copying, retained: readonly string[] = []) {
    this.#copying = copying;
    this.#retained = retained;
    this.#context.unrouted.unrouted$.subscribe(message => this.unrouted.push(message.text()));
    this.subscriptions.begin(false, 'ifSessionLost', () => true);
  }

  open(...filters: string[]): Stream {
    const stream = new Stream(filters);
    for (const filter of filters) this.subscriptions.want({ filter, qos: 1 });
    stream.since = this.#started;
    this.dispatcher.add(stream);
    this.streams.add(stream);
    return stream;
  }

  close(stream: Stream): void {
    for (const filter of stream.filters) this.subscriptions.release(filter);
    this.dispatcher.delete(stream);
    this.streams.delete(stream);
  }

  /** The client sends what has changed. */
  send(): void {
    for (;;) {
      const { subscribe, identifier, unsubscribe } = this.subscriptions.takeChanges();
      if (subscribe.length + unsubscribe.length === 0) return;
      if (unsubscribe.length > 0) this.#start({ kind: 'unsubscribe', filters: unsubscribe });
      if (subscribe.length > 0) this.#start({ kind: 'subscribe', requests: subscribe, identifier });
    }
  }

  #start(request: Request): void {
    this.#up.push({ ...request, packetId: this.subscriptions.start(request) });
    if (request.kind === 'unsubscribe') return;
    this.#started++;
    for (const { filter, retainHandling } of request.requests) {
      if (retainHandling !== 2) this.brought.set(filter, this.#started);
    }
  }

  /** The broker handles one packet of the client. */
  serve(): void {
    const request = this.#up.shift();
    if (request === undefined) return;
    const { packetId } = request;
    if (request.kind === 'unsubscribe') {
      for (const filter of request.filters) this.held.delete(filter);
      const reasonCodes = request.filters.map(() => 0);
      this.#down.push(() => this.subscriptions.unsuback({ cmd: 'unsuback', packetId, reasonCodes }));
      return;
    }
    const { requests, identifier } = request;
    for (const each of requests) this.held.set(each.filter, { ...each, identifier });
    const reasonCodes = requests.map(() => 1);
    this.#down.push(() => this.subscriptions.suback({ cmd: 'suback', packetId, reasonCodes }));
    for (const { filter, retainHandling } of requests) {
      if (retainHandling === 2 || parseShare(filter).group !== undefined) continue;
      for (const topic of this.#retained) {
        if (matches(filter, topic)) this.#down.push(messageOf(topic, `retained ${topic}`, true, identifier));
      }
    }
  }

  /** Somebody publishes: the broker sends its copies. */
  publish(topic: string, text: string): void {
    const matching = [...this.held.values()].filter(({ filter }) => matches(filter, topic));
    if (matching.length === 0) return;
    const identifiers = matching.map(({ identifier }) => identifier);
    if (this.#copying === 'each') {
      for (const identifier of identifiers) this.#down.push(messageOf(topic, text, false, identifier));
    } else {
      const known = identifiers.filter(identifier => identifier !== undefined);
      this.#down.push(messageOf(topic, text, false, known.length > 1 ? known : known[0]));
    }
  }

  /** The client handles one packet of the broker. */
  receive(): void {
    const packet = this.#down.shift();
    if (typeof packet === 'function') packet();
    else if (packet !== undefined) this.dispatcher.dispatch(packet);
  }

  reconnect(sessionPresent: boolean): void {
    this.#up = [];
    // as of QoS 1: what is not acknowledged comes again
    this.#down = sessionPresent ? this.#down.filter(packet => typeof packet !== 'function') : [];
    if (!sessionPresent) this.held.clear();
    this.subscriptions.end();
    this.subscriptions.begin(sessionPresent, 'ifSessionLost', () => true);
  }

  /** Until nothing is on its way. */
  settle(): void {
    for (;;) {
      this.send();
      if (this.#up.length + this.#down.length === 0) return;
      while (this.#up.length > 0) this.serve();
      while (this.#down.length > 0) this.receive();
    }
  }
}

const encoder = new TextEncoder();

function messageOf(topic: string, text: string, retain: boolean, subscriptionIdentifier?: number | number[]) {
  const properties: PublishProperties = subscriptionIdentifier === undefined ? {} : { subscriptionIdentifier };
  return new MqttMessage(topic, encoder.encode(text), 0, retain, false, undefined, properties);
}
