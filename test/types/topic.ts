// Compiled by `npm run types`, never run: what topic$ makes of filters and options.
import type { Observable } from 'rxjs';
import {
  type MqttClient,
  type MqttMessage,
  type TopicOptions,
  type TopicParams,
  bytes,
  json,
  text,
} from '../../src/index.js';
import type { Expect, Same } from './support.js';

declare const client: MqttClient;
declare const someFilter: string;
declare const someFilters: string[];

interface Reading {
  celsius: number;
}

type MessageOf<T> = T extends Observable<infer M> ? M : never;
type ValueOf<T> = MessageOf<T> extends MqttMessage<infer V, unknown> ? V : never;
type ParamsOf<T> = MessageOf<T> extends MqttMessage<unknown, infer P> ? P : never;

export const one$ = client.topic$('devices/+id/state');
export const rest$ = client.topic$('+site/devices/+id/#rest', { qos: 0 });
export const shared$ = client.topic$('$share/group/devices/+id');
export const plain$ = client.topic$('devices/+/#');
export const unknown$ = client.topic$(someFilter);
export const unknowns$ = client.topic$(someFilters);
export const same$ = client.topic$(['a/+id', 'b/+id/x']);
export const several$ = client.topic$(['a/+id', 'b/+name/#rest', 'c/+']);
export const pairs$ = client.topic$([
  ['a/+id', { qos: 2, noLocal: true }],
  ['b/+id/x', { qos: 0, properties: { userProperties: [['reason', 'audit']] } }],
]);
export const mixed$ = client.topic$(['a/+id', ['b/+name/#rest', { retainHandling: 2 }]], { qos: 1, ack: 'manual' });
export const somePairs$ = client.topic$(someFilters.map(filter => [filter, { qos: 2 }] as const));
export const alike$ = client.topic$(['a/+id', 'b/+name/#rest']);
const list = ['a/+id', 'b/+id'] as const;
export const listed$ = client.topic$(list);

export type Params = [
  Expect<Same<ParamsOf<typeof one$>, { readonly id: string }>>,
  Expect<Same<ParamsOf<typeof rest$>, { readonly site: string; readonly id: string; readonly rest: string }>>,
  Expect<Same<ParamsOf<typeof shared$>, { readonly id: string }>>,
  Expect<Same<ParamsOf<typeof unknown$>['any'], string | undefined>>,
  Expect<Same<ParamsOf<typeof unknowns$>['any'], string | undefined>>,
  Expect<Same<ParamsOf<typeof same$>, { readonly id: string }>>,
  Expect<Same<ParamsOf<typeof pairs$>, { readonly id: string }>>,
  Expect<Same<ParamsOf<typeof mixed$>, ParamsOf<typeof alike$>>>,
  Expect<Same<ParamsOf<typeof somePairs$>['any'], string | undefined>>,
  Expect<Same<ParamsOf<typeof listed$>, { readonly id: string }>>,
  Expect<Same<TopicParams<'a/+id'>, { readonly id: string }>>,
];

export const converted$ = client.topic$('devices/+id', { decode: json<Reading>() });
export const untyped$ = client.topic$('devices/+id', { decode: json(), linger: 1000, latest: { max: 5 } });
export const texts$ = client.topic$('t', { decode: text, latest: true });
export const copies$ = client.topic$('t', { decode: bytes });
export const lengths$ = client.topic$('t', {
  decode: { decode: (payload, message) => `${message.topic}${payload.length}` },
  onDecodeError: (error, message) => console.log(error.code, message.topic),
});
export const checked$ = client.topic$('t', { decode: json(value => Number(value)) });

export type Values = [
  Expect<Same<ValueOf<typeof one$>, undefined>>,
  Expect<Same<ValueOf<typeof rest$>, undefined>>,
  Expect<Same<ValueOf<typeof converted$>, Reading>>,
  Expect<Same<ParamsOf<typeof converted$>, { readonly id: string }>>,
  Expect<Same<ValueOf<typeof untyped$>, unknown>>,
  Expect<Same<ValueOf<typeof texts$>, string>>,
  Expect<Same<ValueOf<typeof copies$>, Uint8Array>>,
  Expect<Same<ValueOf<typeof lengths$>, string>>,
  Expect<Same<ValueOf<typeof checked$>, number>>,
];

export function reads(): unknown[] {
  several$.subscribe(({ params }) => {
    const id: string | undefined = params.id;
    const name: string | undefined = params.name;
    if (params.name !== undefined) {
      const both: [string, string] = [params.name, params.rest];
      // @ts-expect-error told apart by the name: this message has no id
      both[0] = params.id;
    }
    return [id, name];
  });
  one$.subscribe(message => {
    message.params.id.toUpperCase();
    // @ts-expect-error not in the filter
    message.params.name;
    // @ts-expect-error params are read, not written
    message.params.id = '';
  });
  plain$.subscribe(message => {
    // @ts-expect-error wildcards without names have no params
    message.params.id;
  });
  unknown$.subscribe(({ params }) => {
    const id: string | undefined = params.id;
    // @ts-expect-error nobody knows whether it is there
    const sure: string = params.id;
    return [id, sure];
  });

  // any message is an MqttMessage, so that functions can take one
  const log = (message: MqttMessage): string => `${message.topic} ${String(message.value)}`;
  converted$.subscribe(log);
  several$.subscribe(log);
  const all$: Observable<MqttMessage>[] = [one$, rest$, plain$, unknown$, several$, converted$, texts$];

  const options: TopicOptions = { decode: json<Reading>() };
  const loose$: Observable<MqttMessage<unknown, { readonly id: string }>> = client.topic$('a/+id', options);

  // @ts-expect-error no such word
  const ignored$ = client.topic$('t', { onDecodeError: 'ignore' });
  // @ts-expect-error not a decoder
  const parsed$ = client.topic$('t', { decode: JSON });
  // @ts-expect-error belongs to the stream, not to one of its filters
  const lingering$ = client.topic$([['a', { linger: 5 }]]);
  // @ts-expect-error no such QoS
  const qos$ = client.topic$([['a', { qos: 3 }]]);
  return [all$, loose$, ignored$, parsed$, lingering$, qos$];
}
