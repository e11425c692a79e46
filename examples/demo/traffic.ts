import {
  type Observable,
  EMPTY,
  catchError,
  concat,
  filter,
  groupBy,
  ignoreElements,
  map,
  merge,
  mergeMap,
  of,
  pairwise,
} from 'rxjs';
import type { Entry } from './ledger.js';
import { MqttError, type MqttClient, type PacketEvent, received, sent } from './library.js';
import { type Reading, payloadOf, qosOf, toReading, topicOf } from './readings.js';

const idOf = ({ room, kind, seq }: Reading) => `${room}/${kind}/${seq}`;
const entry = (kind: 'sent' | 'refused' | 'received', reading: Reading): Entry => ({
  kind,
  qos: qosOf[reading.kind],
  id: idOf(reading),
});

/** Publishes each reading. Completes when the readings have, and the last of them is settled. */
export const publishAll =
  (publisher: MqttClient, prefix: string) =>
  (reading$: Observable<Reading>): Observable<Entry> =>
    reading$.pipe(
      // mergeMap and not concatMap: a message that waits for its acknowledgement does not hold up the next
      mergeMap(reading => concat(of(entry('sent', reading)), publishOne(publisher, prefix, reading))),
    );

function publishOne(publisher: MqttClient, prefix: string, reading: Reading): Observable<Entry> {
  return publisher.publish(topicOf(prefix, reading), payloadOf(reading), { qos: qosOf[reading.kind] }).pipe(
    ignoreElements(), // whether it arrived, the consumer tells
    catchError((error: unknown) => {
      if (!MqttError.is(error)) throw error;
      return error.delivery === 'rejected' ? of(entry('refused', reading)) : EMPTY;
    }),
  );
}

/** The readings as they come, repeats and all. */
export const readings = (consumer: MqttClient, prefix: string): Observable<Reading> =>
  // with QoS 2 a message comes with the QoS of its publisher
  consumer.topic$(`${prefix}/+/+`, { qos: 2 }).pipe(
    map(toReading),
    filter(reading => reading !== undefined),
  );

export const receipts = (reading$: Observable<Reading>): Observable<Entry> =>
  reading$.pipe(map(reading => entry('received', reading)));

/** What the client sends once more after a reconnect, seen on `packet$`. */
export function resends(packet$: Observable<PacketEvent>): Observable<Entry> {
  const again$ = packet$.pipe(
    sent('publish'),
    filter(({ dup }) => dup),
    map(({ qos }) => qos),
  );
  return merge(again$, repeatedReleases(packet$)).pipe(map(qos => ({ kind: 'resent', qos })));
}

/** PUBREL has no DUP flag: it is a repeat when it is the second of its packet id with no PUBCOMP between them. */
const repeatedReleases = (packet$: Observable<PacketEvent>): Observable<2> =>
  merge(packet$.pipe(sent('pubrel')), packet$.pipe(received('pubcomp'))).pipe(
    groupBy(({ packetId }) => packetId),
    mergeMap(step$ => step$.pipe(pairwise())),
    filter(([before, now]) => before.cmd === 'pubrel' && now.cmd === 'pubrel'),
    map(() => 2),
  );
