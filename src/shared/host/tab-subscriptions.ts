import { type Observable, Subscription } from 'rxjs';
import { serverReasonCodes } from '../../codec/gate/reason-codes.js';
import { MqttError } from '../../errors.js';
import type { AckableMessage } from '../../message.js';
import type { SubscribePacket, UnsubscribePacket } from '../../packets.js';
import { isFailure } from '../../protocol/reason-codes.js';
import { isShared } from '../../protocol/topics/prefixes.js';
import type { HostContext, TabConnection } from './host-context.js';
import { TabSubscription } from './tab-subscription.js';

/** What the subscriptions of a tab need of its session. */
export interface SubscriptionOwner {
  onMessage(message: AckableMessage, subscription: TabSubscription): void;
  /** Called before the stream of a subscription ends. Returns whether the tab still holds messages of it. */
  onRetired(subscription: TabSubscription): boolean;
  /** Called when the broker refuses a filter that it had granted. */
  onRefusedLater(error: MqttError): void;
}

/** The answer to one filter. */
interface Outcome {
  readonly reasonCode: number;
  readonly error?: MqttError;
}

/** The subscriptions of one tab. Each is a stream of the shared client, which subscribes at the broker once for all tabs. */
export class TabSubscriptions {
  readonly #context: HostContext;
  readonly #owner: SubscriptionOwner;

  // lives with the session
  readonly #byFilter = new Map<string, TabSubscription>();
  readonly #retired = new Set<TabSubscription>();

  // lives with the connection
  #connection: TabConnection | undefined;

  constructor(context: HostContext, owner: SubscriptionOwner) {
    this.#context = context;
    this.#owner = owner;
  }

  begin(connection: TabConnection): void {
    this.#connection = connection;
  }

  end(): void {
    this.#connection = undefined;
  }

  get filters(): Iterable<string> {
    return this.#byFilter.keys();
  }

  subscribe({ packetId, subscriptions, properties }: SubscribePacket): void {
    const connection = this.#connection;
    const outcomes: Outcome[] = [];
    let unanswered = subscriptions.length;
    subscriptions.forEach((request, i) => {
      const wanted = new TabSubscription(request, properties?.subscriptionIdentifier, properties?.userProperties);
      this.#subscribe(wanted, outcome => {
        outcomes[i] = outcome;
        if (--unanswered > 0 || connection !== this.#connection) return;
        const reasonString = outcomes.find(({ error }) => error !== undefined)?.error?.message;
        connection?.send({
          cmd: 'suback',
          packetId,
          reasonCodes: outcomes.map(({ reasonCode }) => reasonCode),
          ...(reasonString === undefined ? {} : { properties: { reasonString } }),
        });
      });
    });
  }

  unsubscribe({ packetId, filters, properties }: UnsubscribePacket): void {
    const connection = this.#connection;
    const held = filters.map(filter => this.#byFilter.get(filter));
    for (const subscription of held) if (subscription !== undefined) this.#retire(subscription);
    const answer = (reasonCodes: number[]) => {
      if (connection === this.#connection) connection?.send({ cmd: 'unsuback', packetId, reasonCodes });
    };
    const foreign = filters.filter((filter, i) => held[i] === undefined && !this.#context.isHeld(filter));
    if (foreign.length === 0) return answer(held.map(each => (each === undefined ? 0x11 : 0)));
    // an earlier program may have subscribed them in a session that lasts
    this.#context.client.unsubscribe(foreign, properties === undefined ? {} : { properties }).subscribe({
      next: ({ reasonCodes }) =>
        answer(
          filters.map((filter, i) => (held[i] === undefined ? (reasonCodes[foreign.indexOf(filter)] ?? 0x11) : 0)),
        ),
      error: (error: unknown) => answer(filters.map((_, i) => (held[i] === undefined ? codeOf(error, 'unsuback') : 0))),
    });
  }

  /** Ends all streams: the tab is gone. What it had not acknowledged has been given up before. */
  close(): void {
    for (const { stream } of [...this.#byFilter.values(), ...this.#retired]) stream?.unsubscribe();
    this.#byFilter.clear();
    this.#retired.clear();
  }

  /** Ends the stream of a subscription that the tab has unsubscribed, when it holds no message of it any more. */
  endRetired(subscription: TabSubscription): void {
    if (!this.#retired.delete(subscription)) return;
    subscription.stream?.unsubscribe();
  }

  /** Has the tab get retained messages again: the broker had lost the session, so it may have missed new ones. */
  forgetTopics(): void {
    for (const subscription of this.#byFilter.values()) subscription.forgetTopics();
  }

  #subscribe(wanted: TabSubscription, answer: (outcome: Outcome) => void): void {
    const { filter, retainHandling, identifier } = wanted;
    const present = this.#byFilter.get(filter);
    if (present?.isSame(wanted) && present.granted !== undefined) {
      // the tab has lost its link, and the broker perhaps nothing: the shared client gets the retained messages that were missed
      present.identifier = identifier;
      return answer({ reasonCode: present.granted });
    }
    const needsRetained = retainHandling !== 2 && !isShared(filter) && this.#context.isHeld(filter);
    this.#byFilter.set(filter, wanted);
    const granted = (reasonCode: number) => {
      const isAnswered = wanted.granted !== undefined;
      wanted.granted = reasonCode;
      if (isAnswered) return;
      answer({ reasonCode: Math.min(reasonCode, wanted.qos) });
      if (needsRetained) this.#context.requestRetained(filter);
    };
    const refused = (error: unknown) => {
      if (this.#byFilter.get(filter) === wanted) this.#byFilter.delete(filter);
      const isAnswered = wanted.granted !== undefined;
      wanted.granted = codeOf(error, 'suback');
      if (!isAnswered) answer({ reasonCode: wanted.granted, ...(MqttError.is(error) ? { error } : {}) });
      // the tab subscribes it once more on another link, and is told then
      else if (MqttError.is(error, 'SUBSCRIBE_REFUSED') || MqttError.is(error, 'NOT_SUPPORTED'))
        this.#owner.onRefusedLater(error);
    };
    wanted.stream = new Subscription();
    this.#follow(wanted, wanted.stream, granted, refused, needsRetained);
    // after the new one, so that the broker keeps the subscription
    if (present !== undefined) this.#retire(present);
  }

  #follow(
    wanted: TabSubscription,
    stream: Subscription,
    granted: (reasonCode: number) => void,
    refused: (error: unknown) => void,
    needsRetained: boolean,
  ): void {
    const next = (message: AckableMessage) => {
      if (wanted.isRetired || !wanted.accepts(message)) message.ack();
      else this.#owner.onMessage(message, wanted);
    };
    const open = (onGranted: (reasonCode: number) => void) => this.#open(wanted, onGranted, needsRetained);
    if (!isShared(wanted.filter)) {
      stream.add(open(granted).subscribe({ next, error: refused }));
      return;
    }
    const { filter, qos, userProperties } = wanted;
    const key = JSON.stringify([filter, qos, userProperties]);
    const place = this.#context.shareGroups.join(key, { next, error: refused, granted }, open);
    wanted.passOn = message => place.passOn(message);
    stream.add(() => place.leave());
  }

  #open(wanted: TabSubscription, onGranted: (reasonCode: number) => void, isHeld: boolean): Observable<AckableMessage> {
    const { filter, qos, noLocal, retainAsPublished, retainHandling, userProperties } = wanted;
    return this.#context.topic$(filter, {
      qos,
      ...(noLocal ? { noLocal } : {}),
      ...(retainAsPublished ? { retainAsPublished } : {}),
      // the subscription is new to the tab, if not to the broker
      retainHandling: isHeld && retainHandling === 1 ? 0 : retainHandling,
      ...(userProperties.length > 0 ? { properties: { userProperties } } : {}),
      subscribeObserver: { next: ({ reasonCodes }) => onGranted(reasonCodes[0]!) },
    });
  }

  #retire(subscription: TabSubscription): void {
    if (this.#byFilter.get(subscription.filter) === subscription) this.#byFilter.delete(subscription.filter);
    this.#retired.add(subscription);
    subscription.isRetired = true;
    if (!this.#owner.onRetired(subscription)) this.endRetired(subscription);
  }
}

/** Returns the reason code that tells a tab of an error. */
function codeOf(error: unknown, cmd: 'suback' | 'unsuback'): number {
  const reasonCode = MqttError.is(error) ? (error.reasonCode ?? 0x80) : 0x80;
  const allowed: readonly number[] = serverReasonCodes[cmd];
  return isFailure(reasonCode) && allowed.includes(reasonCode) ? reasonCode : 0x80;
}
