import { Subject, asyncScheduler, map, merge, takeUntil, timer } from 'rxjs';
import { type Link, type MqttClient, MqttError, type PublishOptions, type Transport } from '../../src/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack, puback } from '../support/packets.js';

const a = connack();
const fixed = { initial: 3, jitter: 'none' } as const;

const goAway = new MqttError('CONNECTION_CLOSED', 'the broker closed the WebSocket with code 1008', {
  retryable: true,
});

/** From `ms` on the first link takes nothing any more; it ends `later` with its reason. The links after it are good. */
function closesAt(ms: number, later: number, transport: Transport): Transport {
  let links = 0;
  return target =>
    transport(target).pipe(
      map((link): Link => {
        if (links++ > 0) return link;
        const broken$ = new Subject<never>();
        asyncScheduler.schedule(() => broken$.error(goAway), ms + later);
        return {
          ...link,
          data$: merge(link.data$, broken$),
          write: chunk => {
            if (asyncScheduler.now() >= ms) throw new MqttError('CONNECTION_CLOSED', 'closing', { retryable: true });
            return link.write(chunk);
          },
        };
      }),
    );
}

const inWords = ({ code, delivery, message }: MqttError) => `${code} ${delivery}: ${message}`;

const publishAt = (ms: number, mqtt: MqttClient, options: PublishOptions) => {
  const result$ = new Subject<string>();
  timer(ms).subscribe(() =>
    mqtt
      .publish('t', 'x', options)
      .pipe(map(({ reached, qos }) => `${reached} q${qos}`))
      .subscribe({
        next: text => result$.next(text),
        error: (error: unknown) => result$.next(inWords(error as MqttError)),
      }),
  );
  return result$;
};

const reasons = (mqtt: MqttClient) =>
  mqtt.connection$.pipe(map(state => ('error' in state && state.error ? state.error.message : state.status)));

describe('a link that is closing', () => {
  it(
    'has not sent what it did not take: QoS 0 fails with the reason of the link [S124]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(closesAt(5, 4, broker(['-a', '-a'], { a })), { reconnect: fixed }, 20);
      mqtt.connect().subscribe();
      expectTimeline(publishAt(3, mqtt, {})).toBe('3 acknowledged q0');
      const words = "the message to 't' was not sent: the broker closed the WebSocket with code 1008";
      expectTimeline(publishAt(6, mqtt, {})).toBe(`9 CONNECTION_CLOSED rejected: ${words}`);
      expectTimeline(publishAt(7, mqtt, {})).toBe(
        "9 NOT_CONNECTED rejected: no connection for the QoS 0 message to 't'; publish it with QoS 1 or 2, or set " +
          "option 'queue.offlineQos0' to 'queue'",
      );
      expectTimeline(reasons(mqtt)).toBe(
        '0 connecting',
        '1 connected',
        '9 the broker closed the WebSocket with code 1008',
        '12 connecting',
        '13 connected',
        '20 disconnecting',
        '20 closed',
        '20 |',
      );
    }),
  );

  it(
    'leaves QoS 1 to the next connection, also for who waits until it is sent',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const k = puback(1);
      const mqtt = client(closesAt(5, 4, broker(['-a', '-a---k'], { a, k })), { reconnect: fixed }, 20);
      mqtt.connect().subscribe();
      expectTimeline(publishAt(6, mqtt, { qos: 1, until: 'sent' })).toBe('13 sent q1');
    }),
  );

  it(
    "leaves QoS 0 to the next connection with offlineQos0: 'queue'",
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const transport = closesAt(5, 4, broker(['-a', '-a'], { a }));
      const mqtt = client(transport, { reconnect: fixed, queue: { offlineQos0: 'queue' } }, 20);
      mqtt.connect().subscribe();
      expectTimeline(publishAt(6, mqtt, {})).toBe('13 acknowledged q0');
    }),
  );

  it(
    'and does not come to an end is given up after closeTimeout',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const transport = closesAt(5, 90, broker(['-a', '-a'], { a }));
      const mqtt = client(transport, { reconnect: fixed, closeTimeout: 10 }, 30);
      mqtt.connect().subscribe();
      expectTimeline(publishAt(6, mqtt, {})).toBe(
        "16 CONNECTION_CLOSED rejected: the message to 't' was not sent: closing",
      );
      expectTimeline(reasons(mqtt).pipe(takeUntil(timer(25)))).toBe(
        '0 connecting',
        '1 connected',
        '16 closing',
        '19 connecting',
        '20 connected',
        '25 |',
      );
    }),
  );

  it(
    'after our DISCONNECT takes no message: what is published meanwhile is rejected, and does not vanish [S124]',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const silent: Transport = target =>
        broker(['-a'], { a })(target).pipe(map((link): Link => ({ ...link, end: () => undefined })));
      const mqtt = client(silent, { reconnect: fixed, closeTimeout: 10 }, 90);
      act('c----d', { c: () => mqtt.connect().subscribe(), d: () => mqtt.disconnect().subscribe() });
      for (const qos of [0, 1] as const) {
        expectTimeline(publishAt(7, mqtt, { qos })).toBe(
          "15 CLIENT_CLOSED rejected: the message to 't' was not sent: the client was closed by disconnect(); " +
            'connect() opens it again',
        );
      }
    }),
  );
});
