// Compiled by `npm run types`, never run: what publish takes, with and without encode.
import { type MqttClient, type PayloadCodec, type PublishOptions, bytes, json, text } from '../../src/index.js';

declare const client: MqttClient;

interface Reading {
  celsius: number;
}

const fahrenheit: PayloadCodec<Reading> = {
  decode: (payload, message) => ({ celsius: (Number(text.decode(payload, message)) - 32) / 1.8 }),
  encode: ({ celsius }) => `${celsius * 1.8 + 32}`,
};

const options: PublishOptions<Reading> = { encode: json<Reading>() };
const plain: PublishOptions = { qos: 1 };

export const published = [
  client.publish('t'),
  client.publish('t', 'text', { qos: 1 }),
  client.publish('t', new Uint8Array(2)),
  client.publish('t', { a: 1 }, { encode: json() }),
  client.publish('t', { celsius: 20 }, { encode: json<Reading>(), qos: 2, retain: true }),
  client.publish('t', { celsius: 20 }, { encode: fahrenheit }),
  client.publish('t', 'text', { encode: text }),
  client.publish('t', new Uint8Array(2), { encode: bytes }),
  client.publish('t', 20, { encode: { encode: (value: number) => value.toFixed(2) } }),
  client.publish('t', { celsius: 20 }, options),
  client.publish('t', 'text', plain),
];

export const refused = [
  // @ts-expect-error an object needs encode
  client.publish('t', { a: 1 }),
  // @ts-expect-error an object needs encode
  client.publish('t', { a: 1 }, { qos: 1 }),
  // @ts-expect-error not what this codec takes
  client.publish('t', { kelvin: 293 }, { encode: json<Reading>() }),
  // @ts-expect-error not what this codec takes
  client.publish('t', 20, { encode: text }),
  // @ts-expect-error the other half of a codec
  client.publish('t', 20, { encode: { decode: () => 1 } }),
];
