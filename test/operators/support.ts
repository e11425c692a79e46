import {
  NEVER,
  type Observable,
  type SchedulerAction,
  type SchedulerLike,
  Subject,
  type Subscription,
  asyncScheduler,
  catchError,
  map,
  tap,
  throwError,
} from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import type { MqttError, Packet, QoS } from '../../src/index.js';
import type { ByteProgress } from '../../src/operators/liveness/byte-progress.js';
import type { Yielding } from '../../src/operators/slice.js';
import { negotiateLimits } from '../../src/protocol/limits.js';
import { OutgoingPublish } from '../../src/protocol/outbound/outgoing-publish.js';
import { TopicPrefixes } from '../../src/protocol/topics/prefixes.js';
import { Session } from '../../src/protocol/session.js';
import type { NegotiatedLimits } from '../../src/state.js';
import type { ConnectPacket, ProtocolVersion } from '../../src/packets.js';
import { testScheduler } from '../support/marbles.js';
import { connack, describePacket } from '../support/packets.js';

export interface FlowHelpers extends RunHelpers {
  /** Asserts what a flow puts out, in words, and the words of its error. */
  expectFlow(
    flow$: Observable<Packet>,
    subscription?: string,
  ): { toBe(marbles: string, values?: Readonly<Record<string, string>>, error?: string): void };
  /** Does what the marbles name, when they name it. Does it before the flow sees anything of that frame. */
  act(marbles: string, actions: Readonly<Record<string, () => unknown>>): void;
  readonly clock: Clock;
}

/** One flow on virtual time. Afterwards no timer is left. */
export function flow(body: (helpers: FlowHelpers) => void): () => void {
  return () => {
    const clock = new Clock();
    testScheduler().run(helpers => {
      const { cold, expectObservable } = helpers;
      body({
        ...helpers,
        clock,
        expectFlow: (flow$, subscription) => expectObservable(inWords(flow$.pipe(map(describePacket))), subscription),
        act: (marbles, actions) => {
          cold(marbles).subscribe(name => {
            actions[name]!();
          });
        },
      });
    });
    if (clock.timers > 0) throw new Error(`${clock.timers} timers are left`);
  };
}

/** The error of a stream in words. */
export const inWords = <T>(stream$: Observable<T>): Observable<T> =>
  stream$.pipe(catchError((error: unknown) => throwError(() => errorWords(error as MqttError))));

/** `PROTOCOL_ERROR 0x82 retryable` */
export const errorWords = ({ code, reasonCode, retryable }: MqttError): string =>
  [code, reasonCode === undefined ? '' : `0x${reasonCode.toString(16)}`, retryable ? 'retryable' : '']
    .filter(Boolean)
    .join(' ');

/** The asyncScheduler, as a flow may misuse it and as a laptop does: it counts the timers that run, and its process can sleep. */
export class Clock implements SchedulerLike {
  readonly #timers = new Set<Subscription>();
  readonly #sleeps: [frame: number, ms: number][] = [];

  /** Timers that were neither stopped nor let go. */
  get timers(): number {
    return this.#timers.size;
  }

  /** From the frame on the clock shows so much more; timers do not notice, as those of a process that sleeps. */
  sleep(frame: number, ms: number): void {
    this.#sleeps.push([frame, ms]);
  }

  now(): number {
    const frame = asyncScheduler.now();
    return this.#sleeps.reduce((now, [asleep, ms]) => (frame < asleep ? now : now + ms), frame);
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T): Subscription {
    const timer = asyncScheduler.schedule(work, delay, state);
    this.#timers.add(timer);
    timer.add(() => this.#timers.delete(timer));
    return timer;
  }
}

export const connect = (given: Partial<ConnectPacket> = {}): ConnectPacket => ({
  cmd: 'connect',
  protocolVersion: 5,
  clientId: 'me',
  clean: true,
  keepalive: 60,
  ...given,
});

/** What a broker allows that says nothing, except for what is given. */
export const limits = (given: Partial<NegotiatedLimits> = {}): NegotiatedLimits => ({
  ...negotiateLimits(connect({ protocolVersion: given.protocolVersion ?? 5 }), connack()),
  ...given,
});

export const message = (topic: string, qos: QoS, given: { retain?: boolean; expiresAt?: number } = {}) =>
  new OutgoingPublish(topic, new Uint8Array(), qos, given.retain ?? false, undefined, given.expiresAt);

const oneTurn = { createYielding: (): Yielding => ({ now: () => 0, nextTurn: () => {} }) };

/** `qosSend()` that waits for nothing else, and sends all in one turn. */
export const freeToSend = {
  ...oneTurn,
  wake: { hold: () => {}, release: () => {} },
  mayBegin: () => true,
  resendInterval: 0,
};

/** `subscribe()` with enough identifiers, whose packets hold as many filters as fit, in one turn. */
export const freeToSubscribe = { ...oneTurn, idFreed$: NEVER, maxFilters: Infinity };

/** The progress of a link that reports nothing: what is written counts as sent, and what arrives as complete. */
export const noProgress: ByteProgress = { written: 0, left: 0, leftAtRead: 0, received: 0, unread: 0 };

/** A session whose settlements can be watched: `one delivered`, `two PUBLISH_REFUSED 0x87`. */
export function watchedSession() {
  const settled$ = new Subject<string>();
  const session = new Session({
    options: {
      resubscribe: 'ifSessionLost',
      republish: 'ifSessionLost',
      maxDeliveries: Infinity,
      random: () => 0,
      topicPrefixes: TopicPrefixes.known,
      queue: { maxMessages: 100, maxBytes: 10_000, overflow: 'refuse' },
    },
    now: () => asyncScheduler.now(),
    inSlices: (messages, task) => messages.forEach(task),
    settled: ({ topic }, error) => settled$.next(`${topic} ${error ? errorWords(error) : 'delivered'}`),
  });
  return { session, settled$ };
}

export const ours = { receiveMaximum: 0xffff, topicAliasMaximum: 0 };

/** A session on its first connection. */
export function connected(given: Partial<NegotiatedLimits> = {}) {
  const watched = watchedSession();
  watched.session.begin(false, limits(given), ours);
  return watched;
}

/** What was in flight when the last connection was lost; `+` is QoS 2 after PUBREC. */
export type InFlightBefore = readonly [topic: string, qos: 1 | 2 | '2+'];

/** A session on its second connection, to a broker that still knows it. Identifiers are 1, 2, 3, ... */
export function resumed(before: readonly InFlightBefore[], given: Partial<NegotiatedLimits> = {}) {
  const watched = watchedSession();
  const { session } = watched;
  const version: ProtocolVersion = given.protocolVersion ?? 5;
  session.begin(false, limits({ protocolVersion: version }), ours);
  for (const [topic, qos] of before) {
    session.sender.enqueue(message(topic, qos === 1 ? 1 : 2));
    const packetId = session.sender.next()!.packetId!;
    if (qos === '2+') session.sender.acknowledge({ cmd: 'pubrec', packetId });
  }
  session.end();
  session.begin(true, limits(given), ours);
  return watched;
}

/** A link that takes packets from `t` on and takes no more from `f` on. To be subscribed to; it wakes those who wait for room. */
export function room({ hot }: RunHelpers, marbles: string) {
  let writable = !/^[ -]*t/.test(marbles);
  return { room$: hot(marbles).pipe(tap(to => (writable = to === 't'))), writable: () => writable };
}
