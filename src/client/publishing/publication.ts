import type { Subscriber, Subscription, Unsubscribable } from 'rxjs';
import type { PublishOptions } from '../../options/call-options.js';
import type { MqttError } from '../../errors.js';
import type { StoredMessage } from '../../protocol/session-recorder.js';
import { OutgoingPublish, bytesOf } from '../../protocol/outbound/outgoing-publish.js';
import type { PublishResult } from '../../results.js';

export type Until = NonNullable<PublishOptions['until']>;

/** An outgoing message with the subscriber that waits for its outcome. */
export abstract class Publication extends OutgoingPublish {
  readonly until: Until;
  /** ms */
  readonly timeout: number | undefined;
  readonly withdraw: boolean;
  /** Whether the subscriber got its outcome, or unsubscribed. */
  isSettled = false;
  timeoutTimer: Subscription | undefined = undefined;

  constructor(topic: string, payload: Uint8Array, options: PublishOptions<never>, expiresAt: number | undefined) {
    super(topic, payload, options.qos ?? 0, options.retain ?? false, options.properties, expiresAt);
    this.until = options.until ?? 'acknowledged';
    this.timeout = options.timeout;
    this.withdraw = options.withdraw ?? false;
    this.tag = options.tag;
  }

  /** Takes over how far the message has come, as its store knows it. */
  restore({ payload, properties, qos, stage, packetId, sentBefore, tag }: StoredMessage): void {
    this.payload = payload;
    this.properties = properties;
    this.bytes = bytesOf(this);
    this.qos = qos;
    this.tag = tag;
    this.stage = stage;
    this.packetId = packetId;
    this.sentBefore = sentBefore;
    this.dup = this.isolated = this.withdrawn = false;
    this.sendOrder = 0;
    this.allowedBy = undefined;
  }

  /** Called when the message reaches `until`. Of `onReached` and `onFailed`, one is called, at most once. */
  abstract onReached(result: PublishResult): void;
  abstract onFailed(error: MqttError): void;
}

/** A message that an earlier process has published. Nobody waits for its outcome, which `ack$` emits. */
export class RestoredPublication extends Publication {
  constructor(stored: StoredMessage) {
    const { topic, payload, requestedQoS, retain, properties, expiresAt } = stored;
    super(topic, payload, { qos: requestedQoS, retain, ...(properties && { properties }) }, expiresAt);
    this.restore(stored);
    this.isSettled = true;
  }

  onReached(): void {
    // nobody waits
  }

  onFailed(): void {
    // nobody waits
  }
}

/** The message of a single `publish()`. Unsubscribing abandons it. */
export class SinglePublication extends Publication implements Unsubscribable {
  constructor(
    topic: string,
    payload: Uint8Array,
    options: PublishOptions<never>,
    expiresAt: number | undefined,
    private readonly subscriber: Subscriber<PublishResult>,
    private readonly owner: { abandon(publication: Publication): void },
  ) {
    super(topic, payload, options, expiresAt);
  }

  onReached(result: PublishResult): void {
    this.subscriber.next(result);
    this.subscriber.complete();
  }

  onFailed(error: MqttError): void {
    this.subscriber.error(error);
  }

  unsubscribe(): void {
    if (!this.isSettled) this.owner.abandon(this);
  }
}
