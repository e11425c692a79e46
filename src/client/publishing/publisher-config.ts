import type { SchedulerLike } from 'rxjs';
import type { Sender } from '../../protocol/outbound/sender.js';
import type { AckEvent } from '../../results.js';
import type { Journal } from '../../store/journal.js';
import type { CoalescedTrigger } from '../coalesced-trigger.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import type { ClientOptions } from '../options/resolve-options.js';
import type { SlicedWork } from './sliced-work.js';
import type { LateSubject } from '../streams/late-subject.js';

/** What a publisher needs of its client. */
export interface PublisherConfig {
  readonly options: Pick<ClientOptions, 'offlineQos0'>;
  readonly session: { readonly sender: Sender };
  /** Undefined without a store. */
  readonly journal: Pick<Journal, 'refusal'> | undefined;
  readonly scheduler: SchedulerLike;
  /** Triggers the sending of queued messages. */
  readonly wake: CoalescedTrigger;
  /** Undefined until somebody asks for them. */
  readonly acks: LateSubject<AckEvent> | undefined;
  readonly instrumentation: Instrumentation;
  /** Undefined while there has been none. */
  readonly slicedWorkIfUsed: SlicedWork | undefined;
}
