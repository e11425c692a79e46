import type { SchedulerLike } from 'rxjs';
import type { MqttError } from '../../errors.js';
import type { Sender } from '../../protocol/outbound/sender.js';
import type { AckEvent } from '../../results.js';
import type { CoalescedTrigger } from '../coalesced-trigger.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import type { LateSubject } from '../streams/late-subject.js';
import type { Publication } from './publication.js';

/** What a client gives to its publisher. */
export interface PublisherConfig {
  readonly sender: () => Sender;
  readonly scheduler: SchedulerLike;
  /** Triggers the sending of queued messages. */
  readonly wake: CoalescedTrigger;
  readonly acks: LateSubject<AckEvent>;
  readonly instrumentation: Instrumentation;
  readonly offlineQos0: 'refuse' | 'queue';
  /** Whether a store keeps messages. */
  readonly hasStore: boolean;
  /** Returns why the store takes no more messages for now; undefined if it does. */
  readonly storeRefusal: () => MqttError | undefined;
}

/** Whether the store keeps the message, which the queue accepts only with that. */
export function isStored({ requestedQoS }: Publication, { hasStore, offlineQos0 }: PublisherConfig): boolean {
  return hasStore && (requestedQoS > 0 || offlineQos0 === 'queue');
}
