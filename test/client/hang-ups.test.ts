import { expect } from 'chai';
import { type Observable, catchError, map, of, timer } from 'rxjs';
import { type MqttClient, MqttError } from '../../src/index.js';
import { mqttMarbles, virtualBroker } from '../../src/testing/index.js';

const fixed = { initial: 100, factor: 1, jitter: 'none' } as const;

/** The code of its error, or what it emits. */
const codes = (stream$: Observable<unknown>) =>
  stream$.pipe(
    map(() => 'value'),
    catchError((error: unknown) => of((error as MqttError).code)),
  );

const connects = (client: MqttClient) => {
  let count = 0;
  client.connection$.subscribe(({ status }) => (count += Number(status === 'connected')));
  return () => count;
};

describe('a broker that hangs up at what it is asked', () => {
  for (const clean of [true, false]) {
    const options = { clientId: 'a', clean, reconnect: fixed };

    it(
      `a bad filter errors its stream, and nothing else is starved; clean: ${clean} [S93] [S94]`,
      mqttMarbles(({ client, expectTimeline, act }) => {
        const broker = virtualBroker({
          latency: 5,
          faults: [{ fault: 'hangUp', packet: 'subscribe', matching: 'bad/#', reasonCode: 0x83 }],
        });
        const mqtt = client(broker, options, 4000);
        const connections = connects(mqtt);
        const errors: MqttError[] = [];
        mqtt.topic$('bad/x').subscribe({ error: (error: unknown) => errors.push(error as MqttError) });
        expectTimeline(mqtt.topic$('good').pipe(map(({ topic }) => topic))).toBe('3505 good', '4010 |');
        expectTimeline(codes(mqtt.publish('m', '', { qos: 1 }))).toBe('410 value', '410 |');
        expectTimeline(mqtt.warning$.pipe(map(({ code }) => code))).toBe();
        act('3500ms p', { p: () => broker.publish('good', '') });
        timer(3999).subscribe(() => {
          expect(connections()).to.equal(5);
          expect(errors.map(({ code }) => code)).to.deep.equal(['SUBSCRIBE_REFUSED']);
          expect(errors[0]).to.include({ reasonCode: 0x83, subject: 'bad/x', retryable: false });
          expect(errors[0]!.cause).to.include({ code: 'SERVER_DISCONNECTED' });
        });
      }),
    );
  }

  // after 0x87 perAttempt is asked again at once
  for (const [reasonCode, sent, givenUp] of [
    [0x87, 300, 1300],
    [0x90, 400, 1400],
    [0x95, 400, 1400],
    [0x99, 400, 1400],
  ] as const) {
    it(
      `a message at which the broker disconnects with 0x${reasonCode.toString(16)} does not end the client [S70] [S110]`,
      mqttMarbles(({ client, expectTimeline }) => {
        const broker = virtualBroker({
          latency: 5,
          faults: [{ fault: 'hangUp', packet: 'publish', matching: 'bad', reasonCode }],
        });
        const mqtt = client(broker, { reconnect: fixed, perAttempt: () => of({}) }, 5000);
        expectTimeline(codes(mqtt.publish('bad', '', { qos: 1 }))).toBe(`${givenUp} DELIVERY_GIVEN_UP`, `${givenUp} |`);
        expectTimeline(codes(mqtt.publish('good', '', { qos: 1 }))).toBe(`${sent} value`, `${sent} |`);
        timer(4999).subscribe(() => expect(mqtt.connection.status).to.equal('connected'));
      }),
    );
  }

  it(
    'a stream that is retried is subscribed anew, with a new count [S95]',
    mqttMarbles(({ client, expectTimeline }) => {
      const broker = virtualBroker({
        latency: 5,
        faults: [{ fault: 'hangUp', packet: 'subscribe', matching: 'late', times: 4 }],
      });
      const mqtt = client(broker, { reconnect: fixed }, 3000);
      const stream$ = mqtt.topic$('late').pipe(catchError(() => mqtt.topic$('late')));
      expectTimeline(stream$.pipe(map(({ topic }) => topic))).toBe('2505 late', '3010 |');
      timer(2500).subscribe(() => broker.publish('late', ''));
    }),
  );

  it(
    'the UNSUBSCRIBE of a filter that no stream holds is given up with a warning [S97]',
    mqttMarbles(({ client, expectTimeline }) => {
      const broker = virtualBroker({
        latency: 5,
        faults: [{ fault: 'hangUp', packet: 'unsubscribe', matching: 'odd' }],
      });
      const mqtt = client(broker, { clientId: 'a', clean: false, reconnect: fixed }, 4000);
      const stream = mqtt.topic$('odd').subscribe();
      timer(100).subscribe(() => stream.unsubscribe());
      const told$ = mqtt.warning$.pipe(
        map(warning =>
          warning.code === 'UNSUBSCRIBE_GIVEN_UP' ? `${warning.filter} ${warning.error.code}` : warning.code,
        ),
      );
      expectTimeline(told$).toBe('360 CLOSE_REPEATED', '1485 CLOSE_REPEATED', '1485 odd UNSUBSCRIBE_REFUSED');
      expectTimeline(codes(mqtt.publish('m', '', { qos: 1 }))).toBe('25 value', '25 |');
    }),
  );

  it(
    'unsubscribe() errors where the broker hangs up at it [S97]',
    mqttMarbles(({ client, expectTimeline }) => {
      const broker = virtualBroker({
        latency: 5,
        faults: [{ fault: 'hangUp', packet: 'unsubscribe', matching: 'odd' }],
      });
      const mqtt = client(broker, { clientId: 'a', clean: false, reconnect: fixed }, 4000);
      expectTimeline(codes(mqtt.unsubscribe(['even', 'odd']))).toBe('1400 UNSUBSCRIBE_REFUSED', '1400 |');
      expectTimeline(codes(mqtt.unsubscribe('even'))).toBe('400 value', '400 |');
    }),
  );

  it(
    'what is given up may ask for more, and close the client, when it is told [S95]',
    mqttMarbles(({ client, expectTimeline }) => {
      const broker = virtualBroker({ latency: 5, faults: [{ fault: 'hangUp', packet: 'subscribe', matching: 'bad' }] });
      const mqtt = client(broker, { reconnect: fixed, maxDeliveries: 1 }, 3000);
      const stream$ = mqtt.topic$('bad').pipe(
        catchError((error: unknown) => {
          mqtt.close();
          return of((error as MqttError).code);
        }),
        map(String),
      );
      expectTimeline(stream$).toBe('1150 SUBSCRIBE_REFUSED', '1150 |');
    }),
  );

  it(
    'a client that was closed with a message isolated begins anew without it [S111]',
    mqttMarbles(({ client, act, expectTimeline }) => {
      const broker = virtualBroker({ latency: 5, faults: [{ fault: 'hangUp', packet: 'publish', matching: 'bad' }] });
      const mqtt = client(broker, { reconnect: fixed, maxDeliveries: 1 }, 6000);
      expectTimeline(codes(mqtt.publish('bad', '', { qos: 1 }))).toBe('510 CLIENT_CLOSED', '510 |');
      act('500ms x', { x: () => mqtt.disconnect() });
      act('1000ms c 3000ms p', { c: () => mqtt.connect(), p: () => mqtt.publish('good', '', { qos: 1 }) });
      const published$ = broker.packet$.pipe(
        map(({ packet }) => (packet.cmd === 'publish' ? packet.topic : undefined)),
      );
      const topics: string[] = [];
      published$.subscribe(topic => topic !== undefined && topics.push(topic));
      timer(5999).subscribe(() => expect(topics).to.deep.equal(['bad', 'good']));
    }),
  );

  it(
    'restarts of the server count half: a filter is asked for six times before it is isolated [S98]',
    mqttMarbles(({ client }) => {
      const broker = virtualBroker({ latency: 5, faults: [{ fault: 'hangUp', packet: 'subscribe', matching: 'bad' }] });
      const mqtt = client(broker, { reconnect: fixed }, 6000);
      const connections = connects(mqtt);
      mqtt.connection$.subscribe(state => {
        if (state.status === 'reconnecting' && MqttError.is(state.error, 'CONNECTION_CLOSED'))
          broker.inject({ fault: 'unreachable' });
      });
      mqtt.topic$('bad').subscribe({ error: () => undefined });
      timer(5999).subscribe(() => expect(connections()).to.equal(8));
    }),
  );
});
