import type pg from 'pg';
import { type Observable, concatMap } from 'rxjs';
import type { MqttClient, MqttMessage } from './library.js';
import type { PostgresStore } from './postgres-store.js';

/** Where the rows are. A client with this id has the `store`, `clean: false` and, with 5.0, a `sessionExpiry`. */
interface Inbox {
  readonly client: MqttClient;
  readonly clientId: string;
  readonly store: PostgresStore;
}

/**
 * Has `insert` write the row of each message, exactly once for QoS 2. The row and the receipt are one transaction, and only then the broker
 * learns of it. Emits each message after that. Errors if the database does, and leaves the message with the broker: connect again.
 */
export function receiveIntoPostgres(
  { client, clientId, store }: Inbox,
  topics: string,
  insert: (db: pg.Client, message: MqttMessage) => Promise<unknown>,
): Observable<MqttMessage> {
  return client.topic$(topics, { qos: 2, ack: 'manual' }).pipe(
    // One message after the other, so that the rows are in order, and receipts of a lost session are not written after those of the next one.
    concatMap(async message => {
      // A message of a lost session has no receipt, and does not come again: its row is all that is to be written.
      const receipts = message.receipt === undefined ? [] : [message.receipt];
      await store.write(clientId, receipts, db => insert(db, message));
      message.ack({ stored: receipts.length > 0 });
      return message;
    }),
  );
}
