import { type Observable, Subject, of } from 'rxjs';
import { type Authentication, type MqttClient, MqttError, type MqttOptions } from '../../src/index.js';
import { connecting, journey } from '../support/journey.js';
import { type MqttHelpers, mqttMarbles } from '../support/marbles.js';
import { auth, authentication, connack, disconnect, puback } from '../support/packets.js';

const token: Authentication = { method: 'T', exchange: () => of('token') };

const packets = {
  k: connack({ properties: authentication() }),
  n: connack(),
  s: auth(0),
  c: auth(0x18),
  d: disconnect(0x87, { reasonString: 'expired' }),
  p: puback(1),
  // AUTH takes 4 bytes beside its properties, the method 4, the token 8
  l: connack({ properties: { ...authentication(), maximumPacketSize: 16 } }),
  m: connack({ properties: { ...authentication(), maximumPacketSize: 15 } }),
};

/** A client of that script, and how each `reauthenticate()` ends that the marbles call by `r`. */
function asking(
  { broker, act }: MqttHelpers,
  script: string[],
  calls: string,
  options: MqttOptions = {},
): { client: MqttClient; outcome$: Observable<string> } {
  const outcome$ = new Subject<string>();
  const reconnect = { initial: 3, jitter: 'none', factor: 1 } as const;
  const transport = broker(script, packets);
  const client = connecting('mqtt://a', { transport, authentication: token, reconnect, ...options }, 20);
  act(calls, {
    r: () =>
      client.reauthenticate().subscribe({
        next: () => outcome$.next('done'),
        error: (error: unknown) => outcome$.next(inWords(error)),
        complete: () => outcome$.next('complete'),
      }),
    p: () => client.publish('t', '', { qos: 1 }).subscribe(),
    x: () => client.close(),
    o: () => client.reconnect().subscribe(),
  });
  return { client, outcome$ };
}

const inWords = (error: unknown) => {
  if (!MqttError.is(error)) return String(error);
  const { code, reasonCode, retryable, cause } = error;
  const reason = reasonCode === undefined ? '' : `0x${reasonCode.toString(16)}`;
  const because = MqttError.is(cause) ? `because of ${cause.code}` : '';
  return [code, reason, retryable ? 'retryable' : '', because].filter(Boolean).join(' ');
};

describe('reauthenticate()', () => {
  it(
    'sends AUTH 0x19 when it is subscribed to, and emits once when the broker has accepted [MQTT-4.12.1-1] [S14]',
    mqttMarbles(helpers => {
      const { client, outcome$ } = asking(helpers, ['-k----s'], '---r');
      helpers.expectTimeline(helpers.sent(client)).toBe('0 CONNECT v5 T', '3 AUTH 0x19 T', '20 DISCONNECT');
      helpers.expectTimeline(outcome$).toBe('6 done', '6 complete');
      void client.reauthenticate(); // not subscribed to
    }),
  );

  it(
    'lets other packets go on meanwhile [MQTT-4.12.1]',
    mqttMarbles(helpers => {
      const { client, outcome$ } = asking(helpers, ['-k---p--s'], '---rp');
      const sent = ['0 CONNECT v5 T', '3 AUTH 0x19 T', '4 PUBLISH q1 #1 t', '20 DISCONNECT'];
      helpers.expectTimeline(helpers.sent(client)).toBe(...sent);
      helpers.expectTimeline(outcome$).toBe('8 done', '8 complete');
    }),
  );

  it(
    'joins one that is going on, and begins another one after it [S14]',
    mqttMarbles(helpers => {
      const { client, outcome$ } = asking(helpers, ['-k----s--s'], '---rr--r');
      const sent = ['0 CONNECT v5 T', '3 AUTH 0x19 T', '7 AUTH 0x19 T', '20 DISCONNECT'];
      helpers.expectTimeline(helpers.sent(client)).toBe(...sent);
      helpers.expectTimeline(outcome$).toBe('6 done', '6 done', '6 complete', '6 complete', '9 done', '9 complete');
    }),
  );

  it(
    'may begin another one in the callback of the first',
    mqttMarbles(helpers => {
      const { client } = asking(helpers, ['-k--s--s'], '');
      helpers.act('--f', { f: () => client.reauthenticate().subscribe(() => client.reauthenticate().subscribe()) });
      const sent = ['0 CONNECT v5 T', '2 AUTH 0x19 T', '4 AUTH 0x19 T', '20 DISCONNECT'];
      helpers.expectTimeline(helpers.sent(client)).toBe(...sent);
    }),
  );

  it(
    'goes on when nobody waits for it any more [S14]',
    mqttMarbles(helpers => {
      const { client, outcome$ } = asking(helpers, ['-k----s'], '----r');
      helpers.act('---f', { f: () => client.reauthenticate().subscribe().unsubscribe() });
      helpers.expectTimeline(helpers.sent(client)).toBe('0 CONNECT v5 T', '3 AUTH 0x19 T', '20 DISCONNECT');
      helpers.expectTimeline(outcome$).toBe('6 done', '6 complete');
    }),
  );

  it(
    'fails with the reason for which the broker hangs up; the reconnect authenticates anew',
    mqttMarbles(helpers => {
      const { client, outcome$ } = asking(helpers, ['-k---d', '-k'], '---r');
      helpers.expectTimeline(outcome$).toBe('5 AUTHENTICATION_FAILED 0x87 because of SERVER_DISCONNECTED');
      const sent = ['0 CONNECT v5 T', '3 AUTH 0x19 T', '5 CONNECT v5 T', '20 DISCONNECT'];
      helpers.expectTimeline(helpers.sent(client)).toBe(...sent);
    }),
  );

  it(
    'fails with the connection',
    mqttMarbles(helpers => {
      const { outcome$ } = asking(helpers, ['-k---#', '-k'], '---r');
      helpers.expectTimeline(outcome$).toBe('5 AUTHENTICATION_FAILED retryable because of CONNECTION_CLOSED');
    }),
  );

  it(
    'fails when the client is closed or reconnects',
    mqttMarbles(helpers => {
      const { outcome$ } = asking(helpers, ['-k----', '-k----'], '---r-o---r-x');
      helpers.expectTimeline(outcome$).toBe('5 AUTHENTICATION_FAILED retryable', '11 AUTHENTICATION_FAILED retryable');
    }),
  );

  it(
    'fails when the broker asks for more than the function has to say, and that ends the connection [MQTT-4.12.1-2]',
    mqttMarbles(helpers => {
      const { client, outcome$ } = asking(helpers, ['-k---c'], '---r');
      helpers.expectTimeline(outcome$).toBe('5 AUTHENTICATION_FAILED 0x80');
      helpers.expectTimeline(helpers.sent(client)).toBe('0 CONNECT v5 T', '3 AUTH 0x19 T', '5 DISCONNECT 0x80');
      helpers
        .expectTimeline(journey(client))
        .toBe('0 connecting mqtt://a', '1 connected', '5 closed: AUTHENTICATION_FAILED', '5 |');
    }),
  );

  it(
    'takes as much as the broker accepts in a packet, and fails above that [MQTT-3.2.2-15]',
    mqttMarbles(helpers => {
      const fits = asking(helpers, ['-l-s'], '--r');
      helpers.expectTimeline(fits.outcome$).toBe('3 done', '3 complete');
      const tooLarge = asking(helpers, ['-m', '-k'], '--r');
      helpers.expectTimeline(tooLarge.outcome$).toBe('2 AUTHENTICATION_FAILED 0x80 retryable');
      helpers
        .expectTimeline(helpers.sent(tooLarge.client))
        .toBe('0 CONNECT v5 T', '2 DISCONNECT 0x80', '5 CONNECT v5 T', '20 DISCONNECT');
    }),
  );

  it(
    'fails after connectTimeout',
    mqttMarbles(helpers => {
      const { outcome$ } = asking(helpers, ['-k----', '-k'], '---r', { connectTimeout: 4 });
      helpers.expectTimeline(outcome$).toBe('7 AUTHENTICATION_FAILED 0x80 retryable');
    }),
  );

  it(
    'is NOT_CONNECTED without a connection, and does not make one',
    mqttMarbles(helpers => {
      const { outcome$ } = asking(helpers, ['--#', '-'], 'r-r-r----------------r');
      const none = 'NOT_CONNECTED retryable';
      helpers.expectTimeline(outcome$).toBe(`0 ${none}`, `2 ${none}`, `4 ${none}`, `21 ${none}`);
    }),
  );

  it(
    'is NOT_SUPPORTED without the option',
    mqttMarbles(helpers => {
      const outcome = '2 NOT_SUPPORTED';
      const options = { authentication: undefined } as never;
      helpers.expectTimeline(asking(helpers, ['-n'], '--r', options).outcome$).toBe(outcome);
    }),
  );
});
