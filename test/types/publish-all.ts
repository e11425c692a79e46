// Compiled by `npm run types`, never run: what publishAll takes and gives, with and without encode.
import { type Observable, interval, map } from 'rxjs';
import { type MqttClient, type PublishOutcome, json } from '../../src/index.js';
import type { Expect, Same } from './support.js';

declare const client: MqttClient;
declare const lines: AsyncIterable<{ topic: string; payload: string }>;

interface Reading {
  celsius: number;
}

const texts$ = interval(1).pipe(map(i => ({ topic: 't', payload: `${i}` })));
const readings$ = interval(1).pipe(map(celsius => ({ topic: 't', payload: { celsius } })));

export const plain$ = texts$.pipe(client.publishAll({ qos: 1 }));
export const encoded$ = client.publishAll([{ topic: 't', payload: { celsius: 20 } }], { encode: json<Reading>() });

export type Outcomes = [
  Expect<Same<typeof plain$, Observable<PublishOutcome>>>,
  Expect<Same<typeof encoded$, Observable<PublishOutcome<Reading>>>>,
];

export const published = [
  readings$.pipe(client.publishAll({ qos: 1, encode: json() })),
  readings$.pipe(client.publishAll({ encode: json<Reading>(), ordered: true })),
  client.publishAll(lines, { concurrency: 10 }),
  client.publishAll([{ topic: 't' }, { topic: 't', payload: new Uint8Array(1), qos: 2, retain: true }]),
];

export const refused = [
  // @ts-expect-error an object needs encode
  client.publishAll([{ topic: 't', payload: { celsius: 20 } }]),
  // @ts-expect-error an object needs encode
  readings$.pipe(client.publishAll()),
  // @ts-expect-error not what this codec takes
  client.publishAll([{ topic: 't', payload: { kelvin: 293 } }], { encode: json<Reading>() }),
  // @ts-expect-error no such key of a message
  client.publishAll([{ topic: 't', QoS: 1 }]),
];

export const told = (outcome: PublishOutcome): string =>
  outcome.status === 'published' ? outcome.result.topic : outcome.error.code;
