import { type Observable, tap } from 'rxjs';
import type { MqttClient, MqttMessage } from './library.js';
import type { SqliteStore } from './sqlite-store.js';

/** Where the rows are. A client with this id has the `store`, `clean: false` and, with 5.0, a `sessionExpiry`. */
interface Inbox {
  readonly client: MqttClient;
  readonly clientId: string;
  readonly store: SqliteStore;
}

/**
 * Has `insert` write the row of each message, exactly once for QoS 2. The row and the receipt are one transaction, and only then the broker
 * learns of it. Emits each message after that. Errors if the database does, and leaves the message with the broker: connect again.
 */
export function receiveIntoSqlite(
  { client, clientId, store }: Inbox,
  topics: string,
  insert: (message: MqttMessage) => void,
): Observable<MqttMessage> {
  return client.topic$(topics, { qos: 2, ack: 'manual' }).pipe(
    tap(message => {
      const receipts = message.receipt === undefined ? [] : [message.receipt];
      store.write(clientId, receipts, () => insert(message));
      message.ack({ stored: receipts.length > 0 });
    }),
  );
}
