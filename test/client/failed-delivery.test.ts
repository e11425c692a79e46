import {
  type Observable,
  asyncScheduler,
  catchError,
  concat,
  concatMap,
  defer,
  ignoreElements,
  map,
  mergeMap,
  of,
  timer,
  toArray,
} from 'rxjs';
import {
  type FailedDelivery,
  type MqttClient,
  type MqttError,
  type MqttErrorCode,
  type MqttOptions,
  type Packet,
  json,
} from '../../src/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack, disconnect, puback, publish, suback } from '../support/packets.js';
import { me, reply } from './requests/support.js';

/** How a call fails, and what is then known of its message. */
type Way = readonly [
  what: string,
  call: (mqtt: MqttClient) => Observable<unknown>,
  script: string,
  code: MqttErrorCode,
  delivery: FailedDelivery | undefined,
  options?: MqttOptions,
];

const packets: Record<string, Packet> = {
  a: connack(),
  c: { cmd: 'connack', sessionPresent: false, reasonCode: 0 },
  b: connack({ properties: { maximumQoS: 0 } }),
  e: connack({ properties: { maximumPacketSize: 20 } }),
  p: connack({ sessionPresent: true }),
  s: suback(1, 1),
  f: suback(1, 0x87),
  k: puback(2),
  n: puback(2, 0x10),
  x: puback(2, 0x87),
  o: puback(1, 0x87),
  r: reply(1, 'no json'),
  h: disconnect(0x8e),
  m: publish('t'),
};

const thrower = {
  encode: {
    encode: () => {
      throw new Error('no');
    },
  },
};
const unreadable = {
  get qos(): never {
    throw new Error('no');
  },
};
const broken = {
  requestTopic: (): never => {
    throw new Error('no');
  },
  replyTopic: String,
};
const senseless = { requestTopic: String, replyTopic: String };
const wildcard = { requestTopic: (topic: string) => `${topic}/#`, replyTopic: String };

const closedBefore = <T>(mqtt: MqttClient, call: () => Observable<T>) =>
  concat(mqtt.disconnect().pipe(ignoreElements()), defer(call));
/** The broker ends the connection before, and the client does not try again. */
const afterTheEnd = <T>(mqtt: MqttClient, call: () => Observable<T>) => {
  mqtt.connect().subscribe({ error: () => undefined });
  return timer(5).pipe(concatMap(call));
};
/** Closes the client in the middle. */
const closedAt = <T>(ms: number, mqtt: MqttClient, call$: Observable<T>) => {
  timer(ms).subscribe(() => mqtt.close());
  return call$;
};

const publishes: readonly Way[] = [
  ['a topic that is none', mqtt => mqtt.publish('a/#'), '-a', 'INVALID_ARGUMENT', 'rejected'],
  ['an option that is none', mqtt => mqtt.publish('t', '', { qos: 3 as never }), '-a', 'INVALID_ARGUMENT', 'rejected'],
  ['options that cannot be read', mqtt => mqtt.publish('t', '', unreadable), '-a', 'INVALID_ARGUMENT', 'rejected'],
  ['a payload that is none', mqtt => mqtt.publish('t', {} as never), '-a', 'INVALID_ARGUMENT', 'rejected'],
  ['an encoder that throws', mqtt => mqtt.publish('t', '', thrower), '-a', 'INVALID_ARGUMENT', 'rejected'],
  [
    'an encoder of no payload',
    mqtt => mqtt.publish<unknown>('t', 1, { encode: { encode: () => 1 as never } }),
    '-a',
    'INVALID_ARGUMENT',
    'rejected',
  ],
  [
    'a property that cannot be encoded',
    mqtt => mqtt.publish('t', '', { properties: { contentType: '\ud800' } }),
    '-a',
    'INVALID_ARGUMENT',
    'rejected',
  ],
  ['a client that was closed', mqtt => closedBefore(mqtt, () => mqtt.publish('t')), '-a', 'CLIENT_CLOSED', 'rejected'],
  [
    'a client that has given up',
    mqtt => afterTheEnd(mqtt, () => mqtt.publish('t')),
    '-ah',
    'CLIENT_CLOSED',
    'rejected',
  ],
  [
    'a client that closes while it waits',
    mqtt => closedAt(3, mqtt, mqtt.publish('t', '', { qos: 1 })),
    '-',
    'CLIENT_CLOSED',
    'rejected',
  ],
  [
    'a client that closes while it is in flight',
    mqtt => closedAt(3, mqtt, mqtt.publish('t', '', { qos: 1 })),
    '-a',
    'CLIENT_CLOSED',
    'indeterminate',
  ],
  ['a QoS above the maximum', mqtt => mqtt.publish('t', '', { qos: 1 }), '-b', 'NOT_SUPPORTED', 'rejected'],
  ['a packet above the maximum', mqtt => mqtt.publish('t', 'x'.repeat(50)), '-e', 'PACKET_TOO_LARGE', 'rejected'],
  ['a refusal of the broker', mqtt => mqtt.publish('t', '', { qos: 1 }), '-ao', 'PUBLISH_REFUSED', 'rejected'],
  ['a timeout in the queue', mqtt => mqtt.publish('t', '', { qos: 1, timeout: 3 }), '-', 'PUBLISH_TIMEOUT', 'rejected'],
  [
    'a timeout in flight',
    mqtt => mqtt.publish('t', '', { qos: 1, timeout: 3 }),
    '-a',
    'PUBLISH_TIMEOUT',
    'indeterminate',
  ],
  [
    'a message that expires',
    mqtt => mqtt.publish('t', '', { qos: 1, properties: { messageExpiryInterval: 0 } }),
    '-',
    'MESSAGE_EXPIRED',
    'rejected',
  ],
];

const requests: readonly Way[] = [
  ['a topic that is none', mqtt => mqtt.request('a/#'), '-a', 'INVALID_ARGUMENT', 'rejected'],
  ['an option that is none', mqtt => mqtt.request('t', '', { qos: 3 as never }), '-a', 'INVALID_ARGUMENT', 'rejected'],
  ['options that cannot be read', mqtt => mqtt.request('t', '', unreadable), '-a', 'INVALID_ARGUMENT', 'rejected'],
  ['a payload that is none', mqtt => mqtt.request('t', {} as never), '-a', 'INVALID_ARGUMENT', 'rejected'],
  ['an encoder that throws', mqtt => mqtt.request('t', '', thrower), '-a', 'INVALID_ARGUMENT', 'rejected'],
  [
    'a convention that throws',
    mqtt => mqtt.request('t', '', { convention: broken }),
    '-a',
    'INVALID_ARGUMENT',
    'rejected',
  ],
  [
    'a convention that makes no sense',
    mqtt => mqtt.request('t', '', { convention: senseless }),
    '-a',
    'INVALID_ARGUMENT',
    'rejected',
  ],
  [
    'a convention that makes no topic',
    mqtt => mqtt.request('t', '', { convention: wildcard }),
    '-a',
    'INVALID_ARGUMENT',
    'rejected',
  ],
  [
    'a convention of MQTT 5.0',
    mqtt => mqtt.request('t', '', { convention: 'properties' }),
    '-c',
    'NOT_SUPPORTED',
    'rejected',
    { protocolVersion: 4 },
  ],
  ['a client that was closed', mqtt => closedBefore(mqtt, () => mqtt.request('t')), '-a', 'CLIENT_CLOSED', 'rejected'],
  [
    'a client that has given up',
    mqtt => afterTheEnd(mqtt, () => mqtt.request('t')),
    '-ah',
    'CLIENT_CLOSED',
    'rejected',
  ],
  [
    'a client that closes before CONNACK',
    mqtt => closedAt(3, mqtt, mqtt.request('t')),
    '-',
    'CLIENT_CLOSED',
    'rejected',
  ],
  [
    'a client that closes before SUBACK',
    mqtt => closedAt(3, mqtt, mqtt.request('t')),
    '-a',
    'CLIENT_CLOSED',
    'rejected',
  ],
  [
    'a client that closes before PUBACK',
    mqtt => closedAt(4, mqtt, mqtt.request('t')),
    '-as',
    'CLIENT_CLOSED',
    'indeterminate',
  ],
  [
    'a client that closes before the reply',
    mqtt => closedAt(5, mqtt, mqtt.request('t')),
    '-ask',
    'CLIENT_CLOSED',
    'indeterminate',
  ],
  ['a timeout before CONNACK', mqtt => mqtt.request('t', '', { timeout: 5 }), '-', 'REQUEST_TIMEOUT', 'rejected'],
  ['a timeout before SUBACK', mqtt => mqtt.request('t', '', { timeout: 5 }), '-a', 'REQUEST_TIMEOUT', 'rejected'],
  ['a timeout before PUBACK', mqtt => mqtt.request('t', '', { timeout: 5 }), '-as', 'REQUEST_TIMEOUT', 'indeterminate'],
  [
    'a timeout before the reply',
    mqtt => mqtt.request('t', '', { timeout: 5 }),
    '-ask',
    'REQUEST_TIMEOUT',
    'indeterminate',
  ],
  ['nobody who listens', mqtt => mqtt.request('t'), '-asn', 'NO_RESPONDER', 'rejected'],
  ['a refusal of the broker', mqtt => mqtt.request('t'), '-asx', 'PUBLISH_REFUSED', 'rejected'],
  ['a refused subscription to the replies', mqtt => mqtt.request('t'), '-af', 'SUBSCRIBE_REFUSED', 'rejected'],
  ['replies that the broker cannot be asked for', mqtt => mqtt.request('t'), '-e', 'PACKET_TOO_LARGE', 'rejected'],
  [
    'a conflict with another subscription',
    mqtt => {
      mqtt.topic$('rxjs-mqtt/reply/me', { noLocal: true }).subscribe({ error: () => undefined });
      return mqtt.request('t');
    },
    '-as',
    'SUBSCRIPTION_CONFLICT',
    'rejected',
  ],
  // the reply proves that the request arrived: it is neither
  [
    'a reply that cannot be decoded',
    mqtt => mqtt.request('t', '', { decode: json() }),
    '-askr',
    'DECODE_FAILED',
    undefined,
  ],
];

/** The same as outcomes of `publishAll`. */
const outcomes: readonly Way[] = [
  ['a topic that is none', mqtt => mqtt.publishAll([{ topic: 'a/#' }]), '-a', 'INVALID_ARGUMENT', 'rejected'],
  ['what is no message', mqtt => mqtt.publishAll([7 as never]), '-a', 'INVALID_ARGUMENT', 'rejected'],
  [
    'a message that cannot be read',
    mqtt =>
      mqtt.publishAll([
        {
          topic: 't',
          ...{},
          get payload(): never {
            throw new Error('no');
          },
        },
      ]),
    '-a',
    'INVALID_ARGUMENT',
    'rejected',
  ],
  [
    'an encoder that throws',
    mqtt => mqtt.publishAll([{ topic: 't', payload: '' }], thrower),
    '-a',
    'INVALID_ARGUMENT',
    'rejected',
  ],
  [
    'a property that cannot be encoded',
    mqtt => mqtt.publishAll([{ topic: 't', properties: { contentType: '\ud800' } }]),
    '-a',
    'INVALID_ARGUMENT',
    'rejected',
  ],
  ['a refusal of the broker', mqtt => mqtt.publishAll([{ topic: 't', qos: 1 }]), '-ao', 'PUBLISH_REFUSED', 'rejected'],
  [
    'a client that closes while it waits',
    mqtt => closedAt(3, mqtt, mqtt.publishAll([{ topic: 't', qos: 1 }])),
    '-',
    'CLIENT_CLOSED',
    'rejected',
  ],
  [
    'a client that closes while it is in flight',
    mqtt => closedAt(3, mqtt, mqtt.publishAll([{ topic: 't', qos: 1 }])),
    '-a',
    'CLIENT_CLOSED',
    'indeterminate',
  ],
];

function check(all: readonly Way[], errorOf: (call$: Observable<unknown>) => Observable<MqttError>): void {
  for (const [what, call, script, code, delivery, options] of all) {
    it(
      `${what}: ${code}, ${delivery}`,
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const mqtt = client(broker([script], packets), { ...me, reconnect: false, ...options }, 20);
        // when it fails does not matter here
        const words$ = errorOf(call(mqtt)).pipe(
          map(error => `${error.code}, ${error.delivery}`),
          toArray(),
          mergeMap(words => timer(30 - asyncScheduler.now()).pipe(map(() => words.join(' and ')))),
        );
        expectTimeline(words$).toBe(`30 ${code}, ${delivery}`, '30 |');
      }),
    );
  }
}

const thrown = (call$: Observable<unknown>): Observable<MqttError> =>
  call$.pipe(
    ignoreElements(),
    catchError((error: unknown) => of(error as MqttError)),
  );

describe('what is known of a message whose call fails [S144]', () => {
  describe('publish', () => check(publishes, thrown));
  describe('request', () => check(requests, thrown));
  describe('an outcome of publishAll', () =>
    check(outcomes, outcome$ =>
      outcome$.pipe(
        mergeMap(outcome => {
          const { status, error } = outcome as { status: string; error: MqttError };
          return status === error.delivery ? of(error) : [];
        }),
      ),
    ));
});
