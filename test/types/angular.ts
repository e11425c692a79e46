// Compiled by `npm run types`, never run: what the signals of rxjs-mqtt/angular make of filters and options.
import type { Signal } from '@angular/core';
import { injectLatest, injectTopic, provideMqtt, withToken, type TopicSignal } from '../../src/angular/index.js';
import { type MqttMessage, json, mqtt } from '../../src/index.js';
import type { Expect, Same } from './support.js';

declare const id: Signal<string>;
declare const maybe: Signal<string | undefined>;

type ValueOf<T> = T extends TopicSignal<infer M> ? M : never;

export const plain = injectTopic('devices/+id/state');
export type Plain = Expect<Same<ValueOf<typeof plain>, MqttMessage<undefined, { readonly id: string }> | undefined>>;

export const decoded = injectTopic('devices/+id/state', { decode: json<{ on: boolean }>(), qos: 2 });
export type Decoded = Expect<
  Same<ValueOf<typeof decoded>, MqttMessage<{ on: boolean }, { readonly id: string }> | undefined>
>;

export const followed = injectTopic(() => `devices/${id()}/+sensor` as const, { decode: json<number>() });
export const sensor: string | undefined = followed()?.params.sensor;
export const unknown = injectTopic(maybe);
export const anyParam: string | undefined = unknown()?.params.anything;

export const scanned = injectTopic('+room/count', {
  decode: json<number>(),
  initialValue: [] as readonly string[],
  scan: (rooms, { params, value }) => (value > 0 ? [...rooms, params.room] : rooms),
});
export type Scanned = Expect<Same<ValueOf<typeof scanned>, readonly string[]>>;

export const list = injectLatest(['rooms/+name', 'halls/+name'], { decode: json<number>() });
export const first: { name: string; value: number }[] = list().map(({ params, value }) => ({ ...params, value }));

// @ts-expect-error -- scan needs something to begin with
injectTopic('a', { scan: (n: number) => n + 1 });
// @ts-expect-error -- nothing waits for ack()
injectTopic('a', { ack: 'manual' });
// @ts-expect-error -- a signal of numbers is no filter
injectTopic(() => 5);
// @ts-expect-error -- read-only
plain.set(undefined);

export const providers = [
  provideMqtt('wss://h'),
  provideMqtt(['wss://a', { url: 'wss://b' }], { keepalive: 5 }),
  provideMqtt(() => ({ url: 'wss://h' })),
  provideMqtt(() => ({ url: 'wss://h', options: { perAttempt: async () => ({ password: 'p' }) } })),
];
// @ts-expect-error -- a function is no options: perAttempt is one of them
provideMqtt('wss://h', async () => ({ password: 'p' }));
// @ts-expect-error -- a client is no token
withToken(mqtt('wss://h'));
