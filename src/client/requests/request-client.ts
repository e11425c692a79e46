import type { Observable } from 'rxjs';
import type { PublishOptions } from '../../options/call-options.js';
import type { PublishResult } from '../../results.js';
import type { ConnectionState } from '../../state.js';

/** The client that requests and responders publish with. */
export interface RequestClient {
  readonly state$: Observable<ConnectionState>;
  publish(topic: string, payload: unknown, options: PublishOptions<never>): Observable<PublishResult>;
}
