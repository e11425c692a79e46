import { expect } from 'chai';
import {
  NEVER,
  type Observable,
  Subject,
  asyncScheduler,
  concat,
  defer,
  filter,
  map,
  of,
  takeUntil,
  throwError,
} from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { MqttError, type MqttClient, type MqttOptions, type Packet, type Transport, mqtt } from '../../src/index.js';
import { words } from './packets.js';
import { serverBytes } from './server-bytes.js';

export interface MqttHelpers extends RunHelpers {
  /** A transport that plays one marble diagram an attempt, from the moment the link is open: values are packets, `#` breaks it. */
  broker(attempts: readonly string[], packets?: Readonly<Record<string, Packet>>, version?: 5 | 4 | 3): Transport;
  /** A client on that transport, closed at `lifetime` ms so that the virtual time has an end. */
  client(transport: Transport, options?: MqttOptions, lifetime?: number): MqttClient;
  /** Calls what the marbles name, when they name it. */
  act(marbles: string, actions: Readonly<Record<string, () => unknown>>): void;
  /** Asserts what comes when, one line a value: `3 connected`; `|` for completion, `#` and the code for an error. */
  expectTimeline(stream$: Observable<string>): { toBe(...lines: string[]): void };
  /** What the client sends, in words. */
  sent(client: MqttClient): Observable<string>;
  status(client: MqttClient): Observable<string>;
}

export const testScheduler = () =>
  new TestScheduler((actual, expected) => {
    expect(actual).to.deep.equal(expected);
  });

/** One test on virtual time, with the verbs of MQTT. */
export function mqttMarbles(body: (helpers: MqttHelpers) => void): () => void {
  return () => {
    const checks: (() => void)[] = [];
    testScheduler().run(helpers => {
      const { cold } = helpers;
      body({
        ...helpers,
        broker: (attempts, packets = {}, version = 5) => scripted(helpers, attempts, packets, version),
        client: (transport, options, lifetime = 1000) => {
          const client = mqtt('mqtt://broker', { transport, protocolVersion: 5, random: () => 1, ...options });
          asyncScheduler.schedule(() => client.close(), lifetime);
          return client;
        },
        act: (marbles, actions) => {
          cold(marbles).subscribe(name => {
            actions[name]!();
          });
        },
        sent: client =>
          client.packet$.pipe(
            filter(event => event.direction === 'sent'),
            map(event => words(event.packet)),
          ),
        status: client => client.connection$.pipe(map(state => state.status)),
        expectTimeline: stream$ => {
          const seen: string[] = [];
          const note = (what: string) => void seen.push(`${asyncScheduler.now()} ${what}`);
          stream$.subscribe({
            next: note,
            error: (error: unknown) => note(`# ${MqttError.is(error) ? error.code : String(error)}`),
            complete: () => note('|'),
          });
          return { toBe: (...lines) => void checks.push(() => expect(seen).to.deep.equal(lines)) };
        },
      });
    });
    for (const check of checks) check();
  };
}

function scripted(
  { cold }: RunHelpers,
  attempts: readonly string[],
  packets: Readonly<Record<string, Packet>>,
  version: 5 | 4 | 3,
): Transport {
  const cut = new MqttError('CONNECTION_CLOSED', 'cut', { retryable: true });
  const refused = new MqttError('CONNECTION_FAILED', 'no attempt more in the script', { retryable: true });
  const links = attempts.map(marbles => cold(marbles, packets, cut));
  let next = 0;
  return () =>
    defer(() => {
      const packet$ = links[next++];
      if (packet$ === undefined) return throwError(() => refused);
      const data$ = packet$.pipe(map(packet => serverBytes(packet, version)));
      const ended$ = new Subject<void>();
      const end = () => ended$.next();
      return concat(of({ data$: data$.pipe(takeUntil(ended$)), write: () => true, drain$: NEVER, end }), NEVER);
    });
}
