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
import { CallSite, misuse } from './failure.js';
import { type PacketPattern, type StatePattern, connectionStates, sentPackets, stateLetters } from './kinds.js';
import { LenientScheduler } from './lenient-scheduler.js';
import { MarbleRun } from './run.js';
import { type Sendable, scriptedBroker } from './scripted-broker.js';

/** What a test on virtual time is given: the helpers of `TestScheduler.run()`, and the verbs of MQTT. */
export interface MqttMarbles extends RunHelpers {
  /**
   * A broker that plays a script: one marble diagram for each attempt to connect, from the moment the link is open. Its letters are
   * packets that the broker sends (or bytes, to send what is none), `#` breaks the link, `|` ends it. It listens to nobody: see
   * {@link virtualBroker} for one that answers. When all diagrams are played, attempts fail.
   *
   * @param version - what the packets are written in. Default: what the client speaks.
   */
  broker(
    attempts: readonly string[],
    packets?: Readonly<Record<string, Sendable>>,
    version?: ProtocolVersion,
  ): Transport;
  /**
   * A client of that broker: MQTT 5.0, no chance in its delays and `quiet`, unless the options say otherwise. Closed after `lifetime`
   * ms, so that virtual time comes to an end. Default 1,000.
   */
  client(broker: Transport | { readonly transport: Transport }, options?: MqttOptions, lifetime?: number): MqttClient;
  /** Calls what the marbles name, when they name it. A stream that an action returns is subscribed; its error fails the test. */
  act(marbles: string, actions: Actions): void;
  /** Expects what the client sends until its lifetime is over; see {@link PacketPattern}. */
  expectSent(client: MqttClient): Expectation<PacketPattern>;
  /**
   * Expects the states of the connection until the lifetime is over. Without values the letters are i idle, c connecting,
   * C connected, r reconnecting, d disconnecting, x closed.
   */
  expectConnection(client: MqttClient): Expectation<StatePattern>;
  /** Expects what comes when, one line a value: `3 connected`; `|` for completion, `#` and the code for an error. */
  expectTimeline(stream$: Observable<string>): {
    /** A line for each value, with the ms at which it comes. */
    toBe(...lines: string[]): void;
  };
  /** What the client sends, in words: `PUBLISH q1 #1 dup t`. */
  sent(client: MqttClient): Observable<string>;
  /** The status of each state of the connection. */
  status(client: MqttClient): Observable<string>;
}

/**
 * A test on virtual time: `it('...', mqttMarbles(({ broker, client, act, expectSent }) => { ... }))`. One ms is one frame.
 *
 * When an expectation fails, what was expected and what came are drawn under each other on one time line.
 *
 * @param assert - how to compare, with the words of your test runner: `(actual, expected) => expect(actual).toEqual(expected)`.
 *   Default: an own comparison.
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
      run.enter('expectObservable()');
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
      run.enter('broker()');
      const transport = scriptedBroker(helpers, attempts, packets, version, run.failed);
      return target => {
        run.enter('a client');
        return transport(target);
      };
    },
    client: (broker, options, lifetime = 1000) => {
      run.enter('client()');
      const transport = typeof broker === 'function' ? broker : broker.transport;
      const client = mqtt('mqtt://broker', { transport, protocolVersion: 5, random: () => 1, quiet: true, ...options });
      asyncScheduler.schedule(() => {
        leaving.add(client);
        client.close();
      }, lifetime);
      return client;
    },
    act: (marbles, actions) => {
      run.enter('act()');
      act(helpers, marbles, actions, (error, cause) => {
        // the end of a lifetime ends streams that nobody has ended: that alone is no failure of the test
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
