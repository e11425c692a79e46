import type pg from 'pg';
import { EMPTY, type Observable, concatMap, filter, takeUntil } from 'rxjs';
import type { AckableMessage, MqttClient, MqttMessage } from './library.js';
import type { PostgresStore } from './postgres-store.js';

/** A client that has this id, this store and `clean: false`. */
interface Inbox {
  readonly client: MqttClient;
  readonly clientId: string;
  readonly store: PostgresStore;
}

/**
 * Has `insert` write the row of each message, exactly once for QoS 2, and emits the message when the row is committed. Completes with
 * `disconnect()`. Errors if a transaction fails: its message is not acknowledged, and comes again when you subscribe again.
 */
export function receiveIntoPostgres(
  { client, clientId, store }: Inbox,
  topics: string,
  insert: (db: pg.Client, message: MqttMessage) => Promise<unknown>,
): Observable<MqttMessage> {
  const receive = async (message: AckableMessage) => {
    await store.runWithReceipt(clientId, message.receipt, db => insert(db, message));
    message.ack({ stored: true });
    return message;
  };
  return client.topic$(topics, { qos: 2, ack: 'manual', unsubscribeOnLeave: false }).pipe(
    concatMap(message => (message.stale ? EMPTY : receive(message))),
    // disconnect() closes the store after the transaction that runs. The messages that wait come again.
    takeUntil(client.connection$.pipe(filter(({ status }) => status === 'disconnecting'))),
  );
}
