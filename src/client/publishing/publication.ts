import type { Subscriber, Subscription, Unsubscribable } from 'rxjs';
import type { PublishOptions } from '../../options/call-options.js';
import type { MqttError } from '../../errors.js';
import { OutgoingPublish } from '../../protocol/outbound/outgoing-publish.js';
import type { PublishResult } from '../../results.js';

export type Until = NonNullable<PublishOptions['until']>;

/** A message on its way out that somebody waits for. */
export abstract class Publication extends OutgoingPublish {
  readonly until: Until;
  /** ms */
  readonly timeout: number | undefined;
  readonly withdraw: boolean;
  /** Whoever waited has been told, or is gone. */
  isSettled = false;
  /** Of its `timeout`. */
  timer: Subscription | undefined = undefined;

  constructor(topic: string, payload: Uint8Array, options: PublishOptions<never>, expiresAt: number | undefined) {
    super(topic, payload, options.qos ?? 0, options.retain ?? false, options.properties, expiresAt);
    this.until = options.until ?? 'acknowledged';
    this.timeout = options.timeout;
    this.withdraw = options.withdraw ?? false;
  }

  /** Called once at the most, either of them. */
  abstract reached(result: PublishResult): void;
  abstract failed(error: MqttError): void;
}

/** The message of one `publish()`. Unsubscribing it gives up the waiting. */
export class SinglePublication extends Publication implements Unsubscribable {
  constructor(
    topic: string,
    payload: Uint8Array,
    options: PublishOptions<never>,
    expiresAt: number | undefined,
    private readonly subscriber: Subscriber<PublishResult>,
    private readonly owner: { abandoned(publication: Publication): void },
  ) {
    super(topic, payload, options, expiresAt);
  }

  reached(result: PublishResult): void {
    this.subscriber.next(result);
    this.subscriber.complete();
  }

  failed(error: MqttError): void {
    this.subscriber.error(error);
  }

  unsubscribe(): void {
    if (!this.isSettled) this.owner.abandoned(this);
  }
}
