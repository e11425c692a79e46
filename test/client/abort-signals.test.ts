import { expect } from 'chai';
import { NEVER, type Observable, Subject, concatMap, ignoreElements, of, timer } from 'rxjs';
import { type MqttClient, MqttError, untilAborted } from '../../src/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack, publish, suback } from '../support/packets.js';

interface Options {
  readonly signal: AbortSignal;
}

/** Each method that waits. */
const methods: Readonly<Record<string, (client: MqttClient, options: Options) => Observable<unknown>>> = {
  connect: (client, options) => client.connect(options),
  reconnect: (client, options) => client.reconnect(options),
  reauthenticate: (client, options) => client.reauthenticate(options),
  disconnect: (client, options) => {
    client.publish('t', 'x', { qos: 1 }).subscribe({ error: () => undefined });
    // connected by then, so that there is something to wait for
    return timer(1).pipe(concatMap(() => client.disconnect({ drain: 60_000, ...options })));
  },
  topic$: (client, options) => client.topic$('t', options),
  'topic$ of ack manual': (client, options) => client.topic$('t', { ack: 'manual', ...options }),
  consume: (client, options) => client.consume('t', () => NEVER, options),
  publish: (client, options) => client.publish('t', 'x', { qos: 1, ...options }),
  publishAll: (client, options) => of({ topic: 't', qos: 1 } as const).pipe(client.publishAll(options)),
  'publishAll of an iterable': (client, options) => client.publishAll([{ topic: 't', qos: 1 }], options),
  request: (client, options) => client.request('t', 'x', options),
  respond: (client, options) => client.respond('t', () => 'x', options),
  unsubscribe: (client, options) => client.unsubscribe('t', options),
};

describe('the option signal', () => {
  for (const [name, call] of Object.entries(methods)) {
    it(
      `of ${name}: ABORTED with the reason as cause, before and after the call [S204]`,
      mqttMarbles(({ broker, client, act, expectTimeline }) => {
        const mqtt = client(broker([name === 'disconnect' ? '(a)' : '-'], { a: connack() }), {}, 10);
        const controller = new AbortController();
        const words: string[] = [];
        const listen = (stream$: Observable<unknown>) =>
          stream$.subscribe({
            error: (error: unknown) => {
              const { code, cause, delivery = '-' } = error as MqttError;
              words.push(`${code} ${String(cause)} ${delivery}`);
            },
          });
        const hasDelivery = name === 'publish' || name === 'request';
        act('a-b-c', {
          a: () => listen(call(mqtt, { signal: controller.signal })),
          b: () => controller.abort('enough'),
          c: () => listen(call(mqtt, { signal: AbortSignal.abort('before') })),
        });
        act('-------d', {
          d: () => {
            if (name === 'reauthenticate') words[0] = words[0]!.replace(/^NOT_CONNECTED.*/, 'ABORTED enough -');
            expect(words).to.deep.equal([
              `ABORTED enough ${hasDelivery ? 'indeterminate' : '-'}`,
              `ABORTED before ${hasDelivery ? 'rejected' : '-'}`,
            ]);
          },
        });
        expectTimeline(mqtt.unrouted$.pipe(ignoreElements())).toBe();
      }),
    );

    it(
      `of ${name}: is INVALID_ARGUMENT if it is no signal [S203]`,
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const mqtt = client(broker(['-']), {}, 5);
        for (const wrong of [new AbortController(), null, true, {}]) {
          const called$ = call(mqtt, { signal: wrong as never });
          expectTimeline(called$.pipe(ignoreElements())).toBe(`${name === 'disconnect' ? 1 : 0} # INVALID_ARGUMENT`);
        }
      }),
    );
  }

  it(
    'unsubscribes: topic$ sends UNSUBSCRIBE, a queued message is withdrawn [S204]',
    mqttMarbles(({ broker, client, sent, act, expectTimeline }) => {
      const script = { a: connack({ properties: { receiveMaximum: 1 } }), s: suback(1, 1), m: publish('t') };
      const mqtt = client(broker(['-as-m'], script), {}, 10);
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 t:1',
        '3 PUBLISH q1 #2 a',
        '6 UNSUBSCRIBE #3 t',
        '10 DISCONNECT',
      );
      const controller = new AbortController();
      const { signal } = controller;
      expectTimeline(mqtt.topic$('t', { signal }).pipe(ignoreElements())).toBe('6 # ABORTED');
      act('---b--c', {
        b: () => {
          for (const payload of ['1', '2'])
            mqtt.publish('a', payload, { qos: 1, signal }).subscribe({ error: () => undefined });
        },
        c: () => controller.abort(),
      });
    }),
  );

  it('leaves no listener behind when a stream ends', () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    Object.assign(signal, {
      addEventListener: (...all: Parameters<typeof addEventListener>) => {
        listeners++;
        addEventListener.apply(signal, all);
      },
      removeEventListener: (...all: Parameters<typeof removeEventListener>) => {
        listeners--;
        removeEventListener.apply(signal, all);
      },
    });
    const source$ = new Subject();
    source$.pipe(untilAborted(signal)).subscribe();
    expect(listeners).to.equal(1);
    source$.complete();
    expect(listeners).to.equal(0);
  });

  it('untilAborted() throws INVALID_ARGUMENT at the call, and knows a controller', () => {
    expect(() => untilAborted(new AbortController() as never))
      .to.throw(MqttError, "option 'signal' must be an AbortSignal; pass the signal of the controller")
      .with.property('code', 'INVALID_ARGUMENT');
  });
});
