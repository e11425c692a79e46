// Compiled by `npm run types`, never run: what codecs with a schema make of messages and payloads.
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type } from 'arktype';
import type { Observable } from 'rxjs';
import * as v from 'valibot';
import { z } from 'zod';
import { injectTopic, type TopicSignal } from '../../src/angular/index.js';
import {
  type Consumed,
  type MqttClient,
  type MqttMessage,
  type PayloadCodec,
  type StandardSchema,
  json,
  text,
  withSchema,
} from '../../src/index.js';
import type { Expect, Same } from './support.js';

declare const client: MqttClient;

interface Reading {
  celsius: number;
}

const ofZod = z.object({ celsius: z.number() });
const ofValibot = v.object({ celsius: v.number() });
const ofArktype = type({ celsius: 'number' });
const transforming = z.object({ at: z.string().transform(at => at.length) });

type ValueOf<T> = T extends Observable<MqttMessage<infer V, unknown>> ? V : never;

export const zod$ = client.topic$('+id', { decode: json(ofZod) });
export const valibot$ = client.topic$('+id', { decode: json(ofValibot) });
export const arktype$ = client.topic$('+id', { decode: json(ofArktype), ack: 'manual' });
export const transformed$ = client.topic$('+id', { decode: json(transforming) });
export const awaited$ = client.topic$('+id', { decode: { decode: async payload => Promise.resolve(payload.length) } });
export const checked$ = client.topic$('+id', { decode: json(async value => Promise.resolve(String(value))) });
export type Inferred = [
  Expect<Same<ValueOf<typeof zod$>, Reading>>,
  Expect<Same<ValueOf<typeof valibot$>, Reading>>,
  Expect<Same<ValueOf<typeof arktype$>, Reading>>,
  Expect<Same<ValueOf<typeof transformed$>, { at: number }>>,
  Expect<Same<ValueOf<typeof awaited$>, number>>,
  Expect<Same<ValueOf<typeof checked$>, string>>,
];

export const codec = json(transforming);
export type Codec = Expect<Same<typeof codec, PayloadCodec<{ at: number }, { at: string }>>>;
export const numbers = withSchema(text, z.string().transform(Number));
export type Numbers = Expect<Same<typeof numbers, PayloadCodec<number, string>>>;

export const consumed$ = client.consume('+id', ({ value }) => [value.celsius], { decode: json(ofZod) });
export const responded$ = client.respond('+id', ({ value }) => ({ celsius: value.celsius }), {
  decode: json(ofZod),
  encode: json(ofZod),
});
export const requested$ = client.request('t', { celsius: 1 }, { encode: json(ofZod), decode: json(ofValibot) });
export const published$ = client.publish('t', { at: 'now' }, { encode: json(transforming) });
export const signal = injectTopic('+id', { decode: json(ofZod) });
export type Others = [
  Expect<Same<typeof consumed$ extends Observable<Consumed<infer R>> ? R : never, number>>,
  Expect<Same<ValueOf<typeof requested$>, Reading>>,
  Expect<Same<typeof signal, TopicSignal<MqttMessage<Reading, { readonly id: string }> | undefined>>>,
];

// the interface of the specification, and that of this library, are the same
export const theirs: StandardSchemaV1<string, number> = {} as StandardSchema<string, number>;
export const ours: StandardSchema<string, number> = {} as StandardSchemaV1<string, number>;

// @ts-expect-error -- what is written is the input of the schema
void client.publish('t', { at: 7 }, { encode: json(transforming) });
// @ts-expect-error -- a schema is no codec
void client.topic$('t', { decode: ofArktype });
// @ts-expect-error -- neither a schema nor a function
json({ celsius: 'number' });
// @ts-expect-error -- text does not encode numbers
withSchema(text, z.number());
