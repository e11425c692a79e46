import type { Subscriber } from 'rxjs';
import type { PublishOptions } from '../call-options.js';
import type { PublishProperties, QoS } from '../message.js';
import { OutgoingMessage } from '../protocol/outgoing-message.js';
import type { PublishResult } from '../results.js';

export type Until = NonNullable<PublishOptions['until']>;

/** A message on its way out, and the subscriber of `publish()` who waits for it. Unsubscribing it gives up the waiting. */
export class Publication extends OutgoingMessage {
  constructor(
    topic: string,
    payload: Uint8Array,
    qos: QoS,
    retain: boolean,
    properties: PublishProperties | undefined,
    expiresAt: number,
    readonly until: Until,
    /** Undefined once told, or gone. */
    public subscriber: Subscriber<PublishResult> | undefined,
    private readonly owner: { abandoned(publication: Publication): void },
  ) {
    super(topic, payload, qos, retain, properties, expiresAt);
  }

  unsubscribe(): void {
    if (this.subscriber === undefined) return;
    this.subscriber = undefined;
    this.owner.abandoned(this);
  }
}
