// Compiled by `npm run types`, never run: what request and respond take and give.
import { EMPTY, type Observable, of } from 'rxjs';
import { type MqttClient, type MqttMessage, type Responded, json, text } from '../../src/index.js';

declare const client: MqttClient;

interface Reading {
  celsius: number;
}

export const asked: Observable<MqttMessage<Reading>> = client.request('t', { unit: 'C' }, {
  encode: json(),
  decode: json<Reading>(),
}); // prettier-ignore
export const plain: Observable<MqttMessage<undefined>> = client.request('t');

export const answered: Observable<Responded>[] = [
  client.respond('t', () => 'text'),
  client.respond('t', () => undefined),
  client.respond('t', () => EMPTY),
  client.respond('t', async () => Promise.resolve(new Uint8Array(1))),
  client.respond('t', () => of('one', 'two')),
  client.respond('rooms/+room/get', ({ params }) => params.room),
  client.respond(['a/+x', 'b'] as const, ({ params }) => params.x ?? 'none'),
  client.respond('t', ({ value }) => ({ celsius: value.celsius + 1 }), {
    decode: json<Reading>(),
    encode: json<Reading>(),
  }),
  client.respond('t', () => [1, 2, 3], { encode: json<number[]>() }),
];

export const refused = [
  // @ts-expect-error an object needs encode
  client.request('t', { unit: 'C' }),
  // @ts-expect-error not what this codec takes
  client.request('t', 20, { encode: text }),
  // @ts-expect-error requests are not retained
  client.request('t', 'x', { retain: true }),
  // @ts-expect-error the client sets it
  client.request('t', 'x', { properties: { correlationData: new Uint8Array(1) } }),
  // @ts-expect-error an object needs encode
  client.respond('t', () => ({ celsius: 20 })),
  // @ts-expect-error not what this codec takes
  client.respond('t', () => of({ kelvin: 20 }), { encode: json<Reading>() }),
  // @ts-expect-error no such name
  client.respond('rooms/+room/get', ({ params }) => params.floor),
];
