import { type Observable, asyncScheduler, filter, map } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import type { MqttClient } from '../../client/mqtt-client.js';
import { mqtt } from '../../client/mqtt.js';
import type { MqttOptions } from '../../options/options.js';
import type { ProtocolVersion } from '../../packets.js';
import type { Transport } from '../../transport/link.js';
import { describePacket } from '../describe-packet.js';
import { MqttError } from '../../errors.js';
import { type Actions, act } from './act.js';
import type { AssertDeepEqual } from './deep-equal.js';
import { type Expectation, expectTimeline, expectValues } from './expect-values.js';
import { CallSite, misuse, quote } from './failure.js';
import { type PacketPattern, type StatePattern, connectionStates, sentPackets, stateLetters } from './kinds.js';
import { LenientScheduler } from './lenient-scheduler.js';
import { MarbleRun } from './run.js';
import { type Sendable, scriptedBroker } from './scripted-broker.js';

/** The helpers of a test on virtual time: those of `TestScheduler.run()`, and others for MQTT. */
export interface MqttMarbles extends RunHelpers {
  /**
   * Returns the transport to a scripted broker, which plays one marble diagram for each attempt to connect, from the moment the link is
   * open. The letters are packets that the broker sends, or bytes that are not a valid packet; `#` breaks the link, and `|` ends it. The
   * broker ignores what the client sends: see {@link virtualBroker} for one that answers. After the last diagram, attempts fail.
   *
   * @param version - the version of MQTT in which the packets are encoded. Default: that of the client.
   */
  broker(
    attempts: readonly string[],
    packets?: Readonly<Record<string, Sendable>>,
    version?: ProtocolVersion,
  ): Transport;
  /**
   * Returns a client of a broker, with MQTT 5.0, delays without jitter and `quiet` as defaults. It closes after `lifetime` ms, so that
   * virtual time ends. Default 1,000.
   */
  client(broker: Transport | { readonly transport: Transport }, options?: MqttOptions, lifetime?: number): MqttClient;
  /** Calls the actions of a marble diagram. It subscribes to an observable that an action returns, and the test fails if that errors. */
  act(marbles: string, actions: Actions): void;
  /** Expects the packets that the client sends until its lifetime ends; see {@link PacketPattern}. */
  expectSent(client: MqttClient): Expectation<PacketPattern>;
  /**
   * Expects the states of the connection until the lifetime of the client ends. The default letters are i for idle, c for connecting,
   * C for connected, r for reconnecting, d for disconnecting and x for closed.
   */
  expectConnection(client: MqttClient): Expectation<StatePattern>;
  /** Expects values, one on each line: `3 connected`. `|` is completion, and `#` with a code is an error. */
  expectTimeline(stream$: Observable<string>): {
    /** Gives a line for each value, with the ms at which the stream emits it. */
    toBe(...lines: string[]): void;
  };
  /** Emits a description of each packet that the client sends: `PUBLISH q1 #1 dup t`. */
  sent(client: MqttClient): Observable<string>;
  /** Emits the status of each state of the connection. */
  status(client: MqttClient): Observable<string>;
}

/**
 * Returns a test on virtual time: `it('...', mqttMarbles(({ broker, client, act, expectSent }) => { ... }))`. One ms is one frame.
 *
 * The failure of an expectation shows the expected and the actual events under each other on one time line.
 *
 * @param assert - compares by your test runner: `(actual, expected) => expect(actual).toEqual(expected)`. Default: a deep comparison.
 */
export function mqttMarbles(test: (marbles: MqttMarbles) => void, assert?: AssertDeepEqual): () => void {
  return () => {
    const run = new MarbleRun(assert);
    run.whole(() =>
      new LenientScheduler(run.check).run(helpers => {
        const body: (marbles: MqttMarbles) => unknown = test;
        const result = body(marblesOf(helpers, run));
        if (result instanceof Promise) {
          result.catch(() => undefined);
          throw misuse(
            'the test of mqttMarbles() is async, and virtual time does not wait for promises; use act() to say what happens when',
          );
        }
      }),
    );
  };
}

function transportOf(broker: Transport | { readonly transport: Transport }): Transport {
  const transport: unknown =
    typeof broker === 'function' ? broker : (broker as Partial<typeof broker> | null)?.transport;
  if (typeof transport === 'function') return transport as Transport;
  throw misuse(`client() takes what broker() or virtualBroker() returns; got ${quote(broker)}`);
}

function marblesOf(helpers: RunHelpers, run: MarbleRun): MqttMarbles {
  const leaving = new Set<MqttClient>();
  const present = <T>(client: MqttClient, stream$: Observable<T>) => stream$.pipe(filter(() => !leaving.has(client)));
  const sentBy = (client: MqttClient) =>
    client.packet$.pipe(
      filter(({ direction }) => direction === 'sent'),
      map(({ packet }) => packet),
    );
  return {
    ...helpers,
    expectObservable: (...args) => {
      run.assertRunning('expectObservable()');
      const note = run.note('The stream did not emit what was expected.');
      const expectation = helpers.expectObservable(...args);
      return {
        toBe: (marbles, ...values) => {
          Object.assign(note, { place: new CallSite(), marbles });
          expectation.toBe(marbles, ...values);
        },
        toEqual: other$ => {
          note.place = new CallSite();
          expectation.toEqual(other$);
        },
      };
    },
    expectSubscriptions: logs => {
      const note = run.note('The stream was not subscribed to as expected.');
      const expectation = helpers.expectSubscriptions(logs);
      return {
        toBe: marbles => {
          note.place = new CallSite();
          expectation.toBe(marbles);
        },
      };
    },
    broker: (attempts, packets = {}, version) => {
      run.assertRunning('broker()');
      const transport = scriptedBroker(helpers, attempts, packets, version, run.failed);
      return target => {
        run.assertRunning('a client');
        return transport(target);
      };
    },
    client: (broker, options, lifetime = 1000) => {
      run.assertRunning('client()');
      const transport = transportOf(broker);
      const client = mqtt('mqtt://broker', { transport, protocolVersion: 5, random: () => 1, quiet: true, ...options });
      asyncScheduler.schedule(() => {
        leaving.add(client);
        client.close();
      }, lifetime);
      return client;
    },
    act: (marbles, actions) => {
      run.assertRunning('act()');
      act(helpers, marbles, actions, (error, cause) => {
        // The end of a lifetime lets streams error that the test has not ended, which is not a failure.
        if (leaving.size === 0 || !MqttError.is(cause, 'CLIENT_CLOSED')) run.failed(error);
      });
    },
    expectSent: client => expectValues(run, present(client, sentBy(client)), sentPackets),
    expectConnection: client => expectValues(run, present(client, client.connection$), connectionStates, stateLetters),
    expectTimeline: stream$ => expectTimeline(run, stream$),
    sent: client => sentBy(client).pipe(map(describePacket)),
    status: client => client.connection$.pipe(map(({ status }) => status)),
  };
}
