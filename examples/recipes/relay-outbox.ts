import {
  AsyncSubject,
  EMPTY,
  type Observable,
  type ObservableInput,
  catchError,
  concat,
  concatMap,
  defer,
  filter,
  ignoreElements,
  map,
  repeat,
  takeUntil,
  timer,
} from 'rxjs';
import type { MqttClient, Payload, PublishOutcome } from './library.js';

/** A row of an outbox table. */
export interface OutboxRow {
  readonly id: string | number;
  readonly topic: string;
  readonly payload: Payload;
}

/**
 * Publishes the rows of an outbox table with QoS 2, one after the other. The tag of a message is the id of its row, which the store marks in
 * the transaction that stores the message. Emits each row after that. Looks for rows again `every` so many ms after it has found none.
 * Completes with `disconnect()`. Errors if a row cannot be read, stored or published; subscribe again to go on with this row.
 *
 * @param selectRows - returns the first rows that are not marked, in their order.
 */
export function relayOutbox(
  client: MqttClient,
  selectRows: () => ObservableInput<readonly OutboxRow[]>,
  every = 1000,
): Observable<OutboxRow> {
  let last$: Observable<PublishOutcome> = EMPTY;
  let pause = 0;

  const publish = (row: OutboxRow) => {
    const { id, topic, payload } = row;
    // The subject stays subscribed when the relay is unsubscribed: otherwise a message could be dropped although its row is marked.
    const outcome$ = new AsyncSubject<PublishOutcome>();
    client.publishAll([{ topic, payload, tag: String(id) }], { qos: 2, until: 'queued' }).subscribe(outcome$);
    last$ = outcome$;
    return outcome$.pipe(
      map(outcome => {
        if (outcome.status !== 'published') throw outcome.error;
        return row;
      }),
    );
  };
  // A message that is still being stored is awaited, so that its row is not read again.
  const stored$ = defer(() => last$).pipe(
    ignoreElements(),
    catchError(() => EMPTY),
  );
  const rows$ = defer(selectRows).pipe(
    concatMap(rows => {
      pause = rows.length === 0 ? every : 0;
      return rows;
    }),
  );
  const published$ = concat(stored$, rows$).pipe(concatMap(publish), repeat({ delay: () => timer(pause) }));
  // Before the store is open, a transaction of a process that is dead can still mark a row.
  return concat(client.restored$.pipe(ignoreElements()), published$).pipe(
    takeUntil(client.connection$.pipe(filter(({ status }) => status === 'disconnecting'))),
  );
}
