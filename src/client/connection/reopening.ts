import { NEVER, type Observable } from 'rxjs';
import type { MqttClient } from '../mqtt-client.js';

/** What holds a client for longer than from one `connect()` to the next `disconnect()` must know when its streams can be asked for anew. */
export interface Reopening {
  /** Emits when a client that was closed is open again. Never errors or completes. Shared. */
  readonly reopened$: Observable<void>;
}

/** Never, for a client that cannot tell. */
export const reopened$ = (client: MqttClient): Observable<void> => (client as Partial<Reopening>).reopened$ ?? NEVER;
