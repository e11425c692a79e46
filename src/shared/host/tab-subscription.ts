import type { Subscription } from 'rxjs';
import type { AckableMessage, QoS, UserProperties } from '../../message.js';
import type { SubscriptionRequest } from '../../packets.js';
import { areSameProperties } from '../../protocol/subscriptions/merge-requests.js';
import { MANUAL_ACK } from '../port-messages.js';

/** Topics that a subscription remembers. Retained messages of further topics may reach a tab twice. */
const REMEMBERED_TOPICS = 10_000;

/** A subscription of one tab. */
export class TabSubscription {
  readonly filter: string;
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly userProperties: UserProperties;
  /** Whether the program of the tab acknowledges the messages, so that one may not have been processed although it has arrived. */
  readonly isManual: boolean;
  readonly retainHandling: 0 | 1 | 2;
  identifier: number | undefined;
  /** The reason code of the broker; undefined until it has answered. */
  granted: number | undefined;
  /** Whether the tab has unsubscribed it, and only some acknowledgements are missing. */
  isRetired = false;
  stream: Subscription | undefined;
  /** Gives a message of a shared subscription to another tab of the group. Returns false if there is none. */
  passOn: ((message: AckableMessage) => boolean) | undefined;
  readonly #seenTopics = new Set<string>();

  constructor(request: SubscriptionRequest, identifier: number | undefined, userProperties: UserProperties = []) {
    const { filter, qos, noLocal = false, retainAsPublished = false, retainHandling = 0 } = request;
    this.filter = filter;
    this.qos = qos;
    this.noLocal = noLocal;
    this.retainAsPublished = retainAsPublished;
    this.retainHandling = retainHandling;
    this.identifier = identifier;
    this.userProperties = userProperties.filter(([name]) => name !== MANUAL_ACK);
    this.isManual = this.userProperties.length < userProperties.length;
  }

  /** Whether the broker would see no difference. */
  isSame(other: TabSubscription): boolean {
    return (
      this.qos === other.qos &&
      this.noLocal === other.noLocal &&
      this.retainAsPublished === other.retainAsPublished &&
      this.isManual === other.isManual &&
      areSameProperties(this.userProperties, other.userProperties)
    );
  }

  /**
   * Whether the tab gets the message. When another tab subscribes to the same filter, the broker sends the retained messages again to the one
   * connection, and this tab has had them. With Retain As Published, retained and new messages cannot be told apart.
   */
  accepts({ topic, retain }: AckableMessage): boolean {
    const isRetained = retain && !this.retainAsPublished;
    if (isRetained && (this.retainHandling === 2 || this.#seenTopics.has(topic))) return false;
    if (this.#seenTopics.size < REMEMBERED_TOPICS) this.#seenTopics.add(topic);
    return true;
  }

  /** Has the tab get the retained messages again. */
  forgetTopics(): void {
    this.#seenTopics.clear();
  }
}
