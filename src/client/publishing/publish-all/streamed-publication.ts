import type { OutgoingMessage, PublishOptions } from '../../../call-options.js';
import type { MqttError } from '../../../errors.js';
import type { PublishResult } from '../../../results.js';
import { Publication } from '../publication.js';
import type { OutcomeSlot } from './outcomes.js';

export interface OutcomeListener {
  succeeded(publication: StreamedPublication, result: PublishResult): void;
  failed(publication: StreamedPublication, error: MqttError): void;
}

/** A message of `publishAll`. */
export class StreamedPublication extends Publication {
  constructor(
    topic: string,
    payload: Uint8Array,
    options: PublishOptions<never>,
    expiresAt: number | undefined,
    readonly message: OutgoingMessage<never>,
    readonly slot: OutcomeSlot,
    readonly listener: OutcomeListener,
  ) {
    super(topic, payload, options, expiresAt);
  }

  reached(result: PublishResult): void {
    this.listener.succeeded(this, result);
  }

  failed(error: MqttError): void {
    this.listener.failed(this, error);
  }
}
