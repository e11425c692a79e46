import { EMPTY, Subscription, concatMap, filter, map, of, switchMap, take, takeUntil, tap, timer } from 'rxjs';
import { type MqttClient, type MqttError, type ReconnectStrategy, type Transport, mqtt$ } from '../../src/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack, disconnect, suback } from '../support/packets.js';

const a = connack();
const fixed = { initial: 3, jitter: 'none' } as const;
const noMatter = { error: () => undefined };

/** Lets links end where the script says, not when the client ends its side. */
const endingByScript =
  (script: Transport): Transport =>
  target =>
    script(target).pipe(map(link => ({ ...link, end: () => undefined })));

describe('life of a connection', () => {
  it(
    'is inert: without a subscription nothing is opened [S1]',
    mqttMarbles(({ broker, client, sent, status, expectTimeline }) => {
      const mqtt = client(broker(['-a'], { a }), {}, 9);
      void mqtt.connect();
      void mqtt.reconnect();
      void mqtt.topic$('t');
      void mqtt.publish('t');
      void mqtt.disconnect();
      expectTimeline(sent(mqtt)).toBe();
      expectTimeline(status(mqtt)).toBe('0 idle', '9 disconnecting', '9 closed', '9 |');
    }),
  );

  it(
    'connect() opens, disconnect() closes: connection$ tells each step and completes [S10]',
    mqttMarbles(({ broker, client, act, sent, status, expectTimeline }) => {
      const mqtt = client(broker(['--a'], { a }));
      act('-c-----d', { c: () => mqtt.connect().subscribe(), d: () => mqtt.disconnect().subscribe() });
      expectTimeline(sent(mqtt)).toBe('1 CONNECT v5', '7 DISCONNECT');
      expectTimeline(status(mqtt)).toBe('0 idle', '1 connecting', '3 connected', '7 disconnecting', '7 closed', '7 |');
    }),
  );

  it(
    'connect() joins a running attempt, emits at once when connected, and completes [S7]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['---a'], { a }));
      const connectAt = (ms: number) => timer(ms).pipe(concatMap(() => mqtt.connect().pipe(map(() => 'connack'))));
      expectTimeline(connectAt(1)).toBe('4 connack', '4 |');
      expectTimeline(connectAt(2)).toBe('4 connack', '4 |');
      expectTimeline(connectAt(6)).toBe('6 connack', '6 |');
      expectTimeline(sent(mqtt)).toBe('1 CONNECT v5', '1000 DISCONNECT');
    }),
  );

  const needs: [string, (mqtt: MqttClient) => unknown][] = [
    ['a topic$', mqtt => mqtt.topic$('t').subscribe(noMatter)],
    ['a publish', mqtt => mqtt.publish('t', 'x', { qos: 1 }).subscribe(noMatter)],
  ];
  for (const [what, need] of needs) {
    it(
      `${what} connects when it is subscribed, unless autoConnect is false [S2]`,
      mqttMarbles(({ broker, client, act, status, expectTimeline }) => {
        const auto = client(broker(['-a'], { a }), {}, 9);
        const manual = client(broker(['-a'], { a }), { autoConnect: false }, 9);
        act('--n', { n: () => [need(auto), need(manual)] });
        expectTimeline(status(auto)).toBe(
          '0 idle',
          '2 connecting',
          '3 connected',
          '9 disconnecting',
          '9 closed',
          '9 |',
        );
        expectTimeline(status(manual)).toBe('0 idle', '9 disconnecting', '9 closed', '9 |');
      }),
    );
  }

  it(
    'N7: gets there although the very first connection failed, and comes back after a cut',
    mqttMarbles(({ broker, client, act, status, expectTimeline }) => {
      const mqtt = client(broker(['#', '-a--#', '-a'], { a }), { reconnect: fixed }, 20);
      act('-c', { c: () => mqtt.connect().subscribe() });
      expectTimeline(status(mqtt)).toBe(
        '0 idle',
        '1 connecting',
        '1 reconnecting',
        '4 connecting',
        '5 connected',
        '8 reconnecting',
        '14 connecting',
        '15 connected',
        '20 disconnecting',
        '20 closed',
        '20 |',
      );
    }),
  );

  it(
    '#561: reconnecting backs off, and names the attempt, the delay in ms and the reason [S68]',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-a-#', '#', '-a'], { a }), { reconnect: { ...fixed, initial: 4 } });
      act('c', { c: () => mqtt.connect().subscribe() });
      const waits$ = mqtt.connection$.pipe(
        concatMap(state => (state.status === 'reconnecting' ? of(state) : EMPTY)),
        map(({ attempt, delay, error }) => `attempt ${attempt} in ${delay} ms: ${error.code}`),
      );
      expectTimeline(waits$).toBe(
        '3 attempt 1 in 4 ms: CONNECTION_CLOSED',
        '7 attempt 2 in 8 ms: CONNECTION_CLOSED',
        '1000 |',
      );
    }),
  );

  it(
    'P5: reconnect: false ends the client with the reason, for connect() and for topic$ alike [S7] [S28]',
    mqttMarbles(({ broker, client, status, expectTimeline }) => {
      const mqtt = client(broker(['#']), { reconnect: false });
      expectTimeline(mqtt.connect().pipe(map(() => 'connack'))).toBe('0 # CONNECTION_CLOSED');
      expectTimeline(status(mqtt)).toBe('0 connecting', '0 closed', '0 |');
    }),
  );

  it(
    'a client that gave up ends its topics with the reason, and says so to whoever asks later [S6]',
    mqttMarbles(({ broker, client, status, expectTimeline }) => {
      const mqtt = client(broker(['-a-#'], { a }), { reconnect: false });
      expectTimeline(mqtt.topic$('t').pipe(map(String))).toBe('3 # CONNECTION_CLOSED');
      expectTimeline(status(mqtt)).toBe('0 connecting', '1 connected', '3 closed', '3 |');
      expectTimeline(timer(6).pipe(concatMap(() => mqtt.topic$('t').pipe(map(String))))).toBe('6 # CLIENT_CLOSED');
      expectTimeline(timer(6).pipe(concatMap(() => mqtt.publish('t').pipe(map(String))))).toBe('6 # CLIENT_CLOSED');
    }),
  );

  it(
    '#711: a broker that is busy once does not end the client; session taken over does [S70]',
    mqttMarbles(({ broker, client, act, status, expectTimeline }) => {
      const script = { b: connack({ reasonCode: 0x89 }), a, t: disconnect(0x8e) };
      const mqtt = client(broker(['-b', '-a-t'], script), { reconnect: fixed });
      act('-c', { c: () => mqtt.connect().subscribe() });
      expectTimeline(status(mqtt)).toBe(
        '0 idle',
        '1 connecting',
        '2 reconnecting',
        '5 connecting',
        '6 connected',
        '8 closed',
        '8 |',
      );
    }),
  );

  it(
    'M6: reconnect() attempts now, whatever the backoff says, and drops a living connection [S8]',
    mqttMarbles(({ broker, client, act, sent, status, expectTimeline }) => {
      const mqtt = client(broker(['-#', '-a', '-a'], { a }), { reconnect: { initial: 500, jitter: 'none' } }, 20);
      act('-c---r----r', { c: () => mqtt.connect().subscribe(), r: () => mqtt.reconnect().subscribe() });
      expectTimeline(status(mqtt)).toBe(
        '0 idle',
        '1 connecting',
        '2 reconnecting',
        '5 connecting',
        '6 connected',
        '10 connecting',
        '11 connected',
        '20 disconnecting',
        '20 closed',
        '20 |',
      );
      expectTimeline(sent(mqtt)).toBe(
        '1 CONNECT v5',
        '5 CONNECT v5',
        '10 DISCONNECT',
        '10 CONNECT v5',
        '20 DISCONNECT',
      );
    }),
  );

  for (const protocolVersion of [5, 4] as const) {
    it(
      `reconnect(), then disconnect() before CONNACK, closes at once, and a CONNACK that comes all the same changes nothing: ${protocolVersion} [S90]`,
      mqttMarbles(({ broker, client, act, sent, status, expectTimeline }) => {
        const accepted = protocolVersion === 5 ? a : connack({ returnCode: 0 });
        const mqtt = client(broker(['-a', '---a'], { a: accepted }), { protocolVersion }, 20);
        act('c----r-d', {
          c: () => mqtt.connect().subscribe(),
          r: () => mqtt.reconnect().subscribe(noMatter),
          d: () => mqtt.disconnect().subscribe(),
        });
        expectTimeline(status(mqtt)).toBe(
          '0 idle',
          '0 connecting',
          '1 connected',
          '5 connecting',
          '7 disconnecting',
          '7 closed',
          '7 |',
        );
        const version = `v${protocolVersion}`;
        expectTimeline(sent(mqtt)).toBe(`0 CONNECT ${version}`, '5 DISCONNECT', `5 CONNECT ${version}`);
      }),
    );
  }

  it(
    'reconnect() from inside of the CONNACK before waits for its own one [S8] [S91]',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-a', '---b'], { a, b: connack({ properties: { reasonString: 'b' } }) }), {}, 20);
      const again$ = mqtt.packet$.pipe(
        filter(({ packet }) => packet.cmd === 'connack'),
        take(1),
        switchMap(() => mqtt.reconnect()),
        map(({ properties }) => String(properties?.reasonString)),
      );
      act('c', { c: () => mqtt.connect().subscribe(noMatter) });
      expectTimeline(again$).toBe('4 b', '4 |');
    }),
  );

  it(
    'N6: disconnect(), then connect() again on the same client [S6]',
    mqttMarbles(({ broker, client, act, sent, status, expectTimeline }) => {
      const mqtt = client(broker(['-a', '-a'], { a }), {}, 20);
      act('c---d--c', { c: () => mqtt.connect().subscribe(), d: () => mqtt.disconnect().subscribe() });
      expectTimeline(timer(6).pipe(concatMap(() => status(mqtt)))).toBe('6 closed', '6 |');
      expectTimeline(timer(8).pipe(concatMap(() => status(mqtt)))).toBe(
        '8 connecting',
        '8 connected',
        '20 disconnecting',
        '20 closed',
        '20 |',
      );
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '4 DISCONNECT', '7 CONNECT v5', '20 DISCONNECT');
    }),
  );

  it(
    '#299, #1152: every state has a way out: a CONNACK that never comes, and a broker that never closes [S9] [S13]',
    mqttMarbles(({ broker, client, act, status, expectTimeline }) => {
      const deaf = broker(['--------', '-a'], { a });
      const transport: typeof deaf = target => deaf(target).pipe(map(link => ({ ...link, end: () => undefined })));
      const options = { connectTimeout: 5, closeTimeout: 4, reconnect: fixed };
      const mqtt = client(transport, options, 20);
      act('-c', { c: () => mqtt.connect().subscribe() });
      expectTimeline(status(mqtt)).toBe(
        '0 idle',
        '1 connecting',
        '6 reconnecting',
        '9 connecting',
        '10 connected',
        '20 disconnecting',
        '24 closed',
        '24 |',
      );
    }),
  );

  it(
    'what is unsubscribed right before disconnect() is told the broker first, whose session would keep it',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const mqtt = client(broker(['-as'], { a, s: suback(1, 1) }), { clientId: 'me', clean: false }, 20);
      const topic = new Subscription();
      act('s----u', {
        s: () => topic.add(mqtt.topic$('t').subscribe()),
        u: () => {
          topic.unsubscribe();
          mqtt.disconnect().subscribe();
        },
      });
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5 resume',
        '1 SUBSCRIBE #1 t:1',
        '5 UNSUBSCRIBE #2 t',
        '5 DISCONNECT',
      );
    }),
  );

  it(
    'stats$ has the round trip from CONNECT to CONNACK, in ms',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['---a'], { a }), {}, 20);
      act('c', { c: () => mqtt.connect().subscribe() });
      const roundTrip$ = timer(5).pipe(concatMap(() => mqtt.stats$.pipe(map(({ roundTrip }) => `${roundTrip} ms`))));
      expectTimeline(roundTrip$.pipe(takeUntil(timer(9)))).toBe('5 3 ms', '9 |');
    }),
  );

  it(
    'disconnect() while connecting and while waiting to reconnect closes at once [S9]',
    mqttMarbles(({ broker, client, act, status, expectTimeline }) => {
      const connecting = client(broker(['-----a'], { a }), {}, 3);
      const waiting = client(broker(['#']), {}, 3);
      act('-c', { c: () => [connecting.connect().subscribe(noMatter), waiting.connect().subscribe(noMatter)] });
      expectTimeline(status(connecting)).toBe('0 idle', '1 connecting', '3 disconnecting', '3 closed', '3 |');
      expectTimeline(status(waiting)).toBe(
        '0 idle',
        '1 connecting',
        '1 reconnecting',
        '3 disconnecting',
        '3 closed',
        '3 |',
      );
    }),
  );

  it(
    'disconnect(), connect() and disconnect() leave the client closed, and connect() errors [S6] [S9]',
    mqttMarbles(({ broker, client, act, status, expectTimeline }) => {
      const mqtt = client(endingByScript(broker(['a-----#', 'a'], { a })));
      const ends: string[] = [];
      const end = (name: string) => ({
        complete: () => ends.push(name),
        error: ({ code }: MqttError) => ends.push(`${name} ${code}`),
      });
      act('c--d', {
        c: () => mqtt.connect().subscribe(),
        d: () => {
          mqtt.disconnect().subscribe(end('first'));
          mqtt.connect().subscribe(end('connect'));
          mqtt.disconnect().subscribe(end('second'));
        },
      });
      expectTimeline(status(mqtt)).toBe('0 idle', '0 connecting', '0 connected', '3 disconnecting', '6 closed', '6 |');
      expectTimeline(timer(9).pipe(map(() => [...ends, mqtt.connection.status].join()))).toBe(
        '9 first,connect CLIENT_CLOSED,second,closed',
        '9 |',
      );
    }),
  );

  it(
    'a link that breaks while the client disconnects is the end of it, not a reconnect',
    mqttMarbles(({ broker, client, act, status, expectTimeline }) => {
      const mqtt = client(endingByScript(broker(['-a-----#'], { a })), {}, 3);
      act('-c', { c: () => mqtt.connect().subscribe() });
      expectTimeline(status(mqtt)).toBe('0 idle', '1 connecting', '2 connected', '3 disconnecting', '8 closed', '8 |');
    }),
  );

  it(
    'a strategy that completes stops quietly, and one may choose another server',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const strategy: ReconnectStrategy = ({ attempt, wait }) => {
        if (attempt === 1) return wait(2);
        return attempt === 2 ? of({ url: 'mqtt://other:1884' }) : EMPTY;
      };
      const mqtt = client(broker(['#', '#', '#']), { reconnect: strategy });
      act('c', { c: () => mqtt.connect().subscribe(noMatter) });
      const log$ = mqtt.connection$.pipe(
        map(state => [state.status, 'url' in state ? state.url : '', 'error' in state ? 'why' : ''].join(' ').trim()),
      );
      expectTimeline(log$).toBe(
        '0 idle',
        '0 connecting mqtt://broker',
        '0 reconnecting  why',
        '2 connecting mqtt://broker',
        '2 reconnecting  why',
        '2 connecting mqtt://other:1884',
        '2 closed',
        '2 |',
      );
    }),
  );

  it(
    'subscribers of connection$ that act in a callback leave the order of states alone for the others [S10]',
    mqttMarbles(({ broker, client, status, expectTimeline }) => {
      const mqtt = client(broker(['-a'], { a }));
      status(mqtt).subscribe(now => {
        if (now === 'idle') mqtt.connect().subscribe();
        if (now === 'connected') mqtt.close();
      });
      expectTimeline(status(mqtt)).toBe('0 connecting', '1 connected', '1 disconnecting', '1 closed', '1 |');
    }),
  );

  it(
    'mqtt$ connects when subscribed and disconnects when unsubscribed [S12]',
    mqttMarbles(({ broker, sent, hot, expectTimeline, expectObservable }) => {
      const transport = broker(['-a'], { a });
      const log: string[] = [];
      const client$ = mqtt$('mqtt://broker', { transport, protocolVersion: 5 });
      const named$ = client$.pipe(
        tap(mqtt => {
          // eslint-disable-next-line rxjs-x/no-subscribe-in-pipe
          sent(mqtt).subscribe(packet => log.push(packet));
        }),
        map(() => 'client'),
      );
      expectObservable(named$, '^--!').toBe('c', { c: 'client' });
      expectTimeline(hot('-----|').pipe(map(() => ''))).toBe('5 |');
      expectTimeline(timer(5).pipe(map(() => log.join(', ')))).toBe('5 CONNECT v5, DISCONNECT', '5 |');
    }),
  );
});
