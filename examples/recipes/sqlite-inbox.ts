import { type Observable, tap } from 'rxjs';
import type { MqttClient, MqttMessage } from './library.js';
import type { SqliteStore } from './sqlite-store.js';

/** A client that has this id, this store and `clean: false`. */
interface Inbox {
  readonly client: MqttClient;
  readonly clientId: string;
  readonly store: SqliteStore;
}

/**
 * Has `insert` write the row of each message, exactly once for QoS 2, and emits the message when the row is committed. Completes with
 * `disconnect()`. Errors if a transaction fails: its message is not acknowledged, and comes again when you subscribe again.
 */
export function receiveIntoSqlite(
  { client, clientId, store }: Inbox,
  topics: string,
  insert: (message: MqttMessage) => void,
): Observable<MqttMessage> {
  return client.topic$(topics, { qos: 2, ack: 'manual', unsubscribeOnLeave: false }).pipe(
    tap(message => {
      store.runWithReceipt(clientId, message.receipt, () => insert(message));
      message.ack({ stored: true });
    }),
  );
}
