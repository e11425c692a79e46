import { expect } from 'chai';
import {
  NEVER,
  Subject,
  type Observable,
  map,
  merge,
  of,
  switchMap,
  take,
  takeUntil,
  throwError,
  timeout,
  timer,
} from 'rxjs';
import type { AckableMessage, MqttClient, QoS } from '../../../src/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { onBroker } from '../../semantics/support.js';
import { answers } from './support.js';

const noMatter = { error: () => undefined };
const boom = () => new Error('boom');

/** What ends a stream at 10 ms, when it has three messages and has answered none of them. */
const teardowns: Record<string, (client: MqttClient, end$: Observable<unknown>) => void> = {
  unsubscribing: (client, end$) => {
    const subscription = messages(client).subscribe();
    end$.subscribe(() => subscription.unsubscribe());
  },
  'takeUntil()': (client, end$) => void messages(client).pipe(takeUntil(end$)).subscribe(),
  'take(1)': client => void messages(client).pipe(take(1)).subscribe(),
  'take(3)': client => void messages(client).pipe(take(3)).subscribe(),
  'timeout()': client =>
    void messages(client)
      .pipe(timeout({ each: 4 }))
      .subscribe(noMatter),
  'switchMap() to another stream': (client, end$) =>
    void merge(of(messages(client)), end$.pipe(map(() => NEVER)))
      .pipe(switchMap(stream$ => stream$))
      .subscribe(),
  'an operator that throws at the third': client => {
    let count = 0;
    const third = map(() => {
      if (++count === 3) throw boom();
    });
    messages(client).pipe(third).subscribe(noMatter);
  },
  'a decoder that throws at the third, with onDecodeError error': client => {
    const decode = (payload: Uint8Array) => {
      if (payload[0] === '3'.charCodeAt(0)) throw boom();
    };
    client.topic$('t', { qos: 2, ack: 'manual', decode: { decode }, onDecodeError: 'error' }).subscribe(noMatter);
  },
  'the end of its route, while other streams go on': (client, end$) => {
    client.topic$('#', { qos: 2 }).subscribe();
    client.topic$(['t', 'u'], { qos: 2 }).subscribe();
    messages(client).pipe(takeUntil(end$)).subscribe();
  },
  'unsubscribing one of two, where the other acknowledges': (client, end$) => {
    messages(client).subscribe(message => message.ack());
    messages(client).pipe(takeUntil(end$)).subscribe();
  },
  "consume(), onError 'fail': the third of three handlers at a time fails": (client, end$) => {
    const handler = (message: AckableMessage) =>
      message.text() === '3' ? end$.pipe(switchMap(() => throwError(boom))) : timer(6 * Number(message.text()));
    client.consume('t', handler, { qos: 2, concurrency: 3 }).subscribe(noMatter);
  },
  "consume(), onError 'fail': a handler fails while others wait": (client, end$) =>
    void client.consume('t', () => end$.pipe(switchMap(() => throwError(boom))), { qos: 2 }).subscribe(noMatter),
  'consume() that is unsubscribed': (client, end$) =>
    void client
      .consume('t', () => timer(50), { qos: 2, concurrency: 2 })
      .pipe(takeUntil(end$))
      .subscribe(),
  "consume(), onError 'retry', that is unsubscribed": (client, end$) =>
    void client
      .consume('t', () => throwError(boom), { qos: 2, concurrency: 2, onError: 'retry' })
      .pipe(takeUntil(end$))
      .subscribe(),
  'consume() with too many messages': client =>
    void client.consume('t', () => NEVER, { qos: 2, buffer: { size: 1, overflow: 'error' } }).subscribe(noMatter),
  'respond() that is unsubscribed': (client, end$) =>
    void client
      .respond('t', () => NEVER, { qos: 2 })
      .pipe(takeUntil(end$))
      .subscribe(),
};

const messages = (client: MqttClient) => client.topic$('t', { qos: 2, ack: 'manual' });
/** Those of its messages that were undecodable are shown on undecodable$ and acknowledged, whatever the stream does. */
const undecodable = 'a decoder that throws at the third, with onDecodeError error';

/** Acknowledgements that say that a message was processed. */
const final = (qos: QoS, deliverQos2: string) =>
  qos === 1 ? 'PUBACK' : deliverQos2 === 'release' ? 'PUBCOMP' : 'PUBREC';

for (const protocolVersion of [5, 4] as const) {
  for (const { qos, deliverQos2 } of [
    { qos: 1, deliverQos2: 'publish' },
    { qos: 2, deliverQos2: 'publish' },
    { qos: 2, deliverQos2: 'release' },
  ] as const) {
    describe(`nothing unprocessed is acknowledged: version ${protocolVersion}, QoS ${qos}, handed over on ${deliverQos2}`, () => {
      const options = { clean: false, clientId: 'me', protocolVersion, deliverQos2, keepalive: 0 } as const;

      for (const [name, tearDown] of Object.entries(teardowns)) {
        // in 3.1.1 requests have topics of their own
        if (protocolVersion === 4 && name.startsWith('respond()')) continue;
        for (const again of [
          'the next stream, whenever it comes',
          'the next connection',
          'a client that was closed',
        ] as const) {
          it(
            `${name}: leaves the messages for ${again} [S33] [S80]`,
            mqttMarbles(helpers => {
              const { broker, mqtt } = onBroker(helpers, { ...options, ackWarnAfter: 0 }, 20_000);
              const end$ = new Subject<unknown>();
              const acknowledged: string[] = [];
              const shown: string[] = [];
              const got: string[] = [];
              answers(mqtt).subscribe(word => word.startsWith(final(qos, deliverQos2)) && acknowledged.push(word));
              mqtt.unrouted$.subscribe(message => shown.push(message.text()));
              const collect = () =>
                messages(mqtt).subscribe(message => {
                  got.push(message.text());
                  message.ack();
                });
              const lost = name === undecodable ? ['3'] : [];
              const all = ['1', '2', '3'].filter(text => !lost.includes(text));
              tearDown(mqtt, end$);
              helpers.act('- 5ms m----e 4985ms c 4999ms v', {
                m: () => {
                  const properties = { responseTopic: 'answer' };
                  for (const text of ['1', '2', '3']) broker.publish('t', text, { qos, properties });
                },
                e: () => end$.next(undefined),
                c: () => {
                  expect(acknowledged).to.have.length(lost.length * (deliverQos2 === 'release' ? 1 : 0));
                  if (again === 'the next connection') mqtt.reconnect().subscribe();
                  if (again === 'a client that was closed') {
                    mqtt.close();
                    mqtt.connection$.subscribe({ complete: () => mqtt.connect().subscribe() });
                  } else collect();
                },
                v: () => {
                  if (again === 'a client that was closed') collect();
                },
              });
              helpers.act('15s z', {
                z: () => {
                  expect(got.filter(text => !lost.includes(text))).to.deep.equal(all);
                  expect(shown).to.deep.equal([]);
                  expect(acknowledged).to.have.length(3);
                  expect(broker.sessions.map(({ inFlight, queued }) => inFlight + queued)).to.deep.equal([0]);
                },
              });
            }),
          );
        }
      }
    });
  }
}
