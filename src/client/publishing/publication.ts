import type { Subscription } from 'rxjs';
import type { PublishOptions } from '../../options/call-options.js';
import type { MqttError } from '../../errors.js';
import type { PublishAck } from '../../packets.js';
import type { StoredMessage } from '../../protocol/session-recorder.js';
import { FREE_FLAG, OutgoingPublish, bytesOf } from '../../protocol/outbound/outgoing-publish.js';
import type { PublishResult } from '../../results.js';
import { createPublishResult } from './publish-results.js';

export type Until = NonNullable<PublishOptions['until']>;

const WITHDRAW = FREE_FLAG;
const SETTLED = FREE_FLAG << 1;
const UNTIL_QUEUED = FREE_FLAG << 2;
const UNTIL_SENT = FREE_FLAG << 3;

/** An outgoing message with the subscriber that waits for its outcome. */
export abstract class Publication extends OutgoingPublish {
  timeoutTimer: Subscription | undefined = undefined;

  constructor(topic: string, payload: Uint8Array, options: PublishOptions<never>, expiresAt: number | undefined) {
    super(topic, payload, options.qos ?? 0, options.retain ?? false, options.properties, expiresAt);
    const { until, withdraw, tag } = options;
    if (until === 'queued') this.setFlag(UNTIL_QUEUED, true);
    else if (until === 'sent') this.setFlag(UNTIL_SENT, true);
    if (withdraw === true) this.setFlag(WITHDRAW, true);
    this.tag = tag;
  }

  get until(): Until {
    if (this.hasFlag(UNTIL_QUEUED)) return 'queued';
    return this.hasFlag(UNTIL_SENT) ? 'sent' : 'acknowledged';
  }

  /** Whether it is not sent again once its subscriber has unsubscribed. */
  get withdraw(): boolean {
    return this.hasFlag(WITHDRAW);
  }

  /** Whether the subscriber got its outcome, or unsubscribed. */
  get isSettled(): boolean {
    return this.hasFlag(SETTLED);
  }

  set isSettled(value: boolean) {
    this.setFlag(SETTLED, value);
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
    this.dup = this.isolated = this.withdrawn = this.isUnsent = false;
    this.sendOrder = 0;
    this.allowedBy = undefined;
  }

  /** Gives the outcome to the subscriber, unless it has one. */
  succeed(reached: PublishResult['reached'], ack?: PublishAck): void {
    if (this.isSettled) return;
    this.endWait();
    this.onReached(createPublishResult(this, reached, ack));
  }

  fail(error: MqttError): void {
    if (this.isSettled) return;
    this.endWait();
    this.onFailed(error);
  }

  /** Ends the wait for the outcome. */
  endWait(): void {
    this.isSettled = true;
    this.timeoutTimer?.unsubscribe();
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
