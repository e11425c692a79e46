import type { Observable } from 'rxjs';
import type { PublishOptions } from '../../call-options.js';
import type { PublishResult } from '../../results.js';
import type { ConnectionState } from '../../state.js';
import type { Topics } from '../topics/topics.js';

/** What both sides of an exchange are made of. */
export interface RequestContext {
  readonly state$: Observable<ConnectionState>;
  readonly topics: Pick<Topics, 'topic$' | 'template'>;
  readonly publisher: {
    publish(topic: string, payload: unknown, options: PublishOptions<never>): Observable<PublishResult>;
  };
}
