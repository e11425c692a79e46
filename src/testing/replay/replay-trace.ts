import { type Observable, Subscription, asyncScheduler, isObservable } from 'rxjs';
import type { MqttClient } from '../../client/mqtt-client.js';
import { mqtt } from '../../client/mqtt.js';
import { MqttError } from '../../errors.js';
import type { MqttOptions } from '../../options/options.js';
import type { TraceEvent } from '../../trace/trace-event.js';
import { misuse, quote, quoteAll } from '../marbles/failure.js';
import { Differences } from './differences.js';
import { Player } from './player.js';
import type { ReplayOptions, ReplayedValue } from './replay-options.js';
import { ReplayScheduler } from './replay-scheduler.js';
import { type Opening, TraceCursor } from './trace-cursor.js';

/** A trace that is about to be replayed. */
export interface TraceReplay {
  /**
   * Runs a pipeline on virtual time against the broker's half of the trace, from its start to its end. Call it once.
   *
   * The client connects, loses its connection, reconnects and disconnects when the client of the trace did. It gets the messages, and the
   * answers to what it sends, when that one did. Pings are answered, and not compared.
   *
   * @param pipeline - gets the client, and returns a stream to which the replay subscribes until the end of the trace, or nothing. It is
   * synchronous: virtual time does not wait for promises.
   * @returns the values of the stream.
   * @throws what the stream errors with, and an `Error` that tells and draws what the client sent and what it sent in the trace, if these
   * differ. Throws `TRACE_UNREADABLE` for a damaged trace.
   */
  run<T = never>(pipeline: (client: MqttClient) => Observable<T> | void): ReplayedValue<T>[];
}

/**
 * Prepares the replay of a trace that `recordTrace()` of `rxjs-mqtt/trace` has recorded: its broker plays what it sent, at its times, to your
 * pipeline. A day replays in seconds.
 *
 * ```ts
 * const alarms = replayTrace(parseTrace(readFileSync('night.jsonl', 'utf8'))).run(client => alarm$(client));
 * ```
 *
 * @param trace - its events. They are read one after another, so it can be a generator of any length, such as `parseTrace()`.
 * @throws MqttError `INVALID_ARGUMENT` for an unknown option, or if this is no trace.
 */
export function replayTrace(trace: Iterable<TraceEvent>, options: ReplayOptions = {}): TraceReplay {
  assertOptions(options);
  const cursor = new TraceCursor(trace);
  let hasRun = false;
  return {
    run: pipeline => {
      if (hasRun) throw misuse('the trace was replayed already; call replayTrace() for each run');
      hasRun = true;
      return run(cursor, pipeline, options);
    },
  };
}

function run<T>(
  cursor: TraceCursor,
  pipeline: (client: MqttClient) => Observable<T> | void,
  options: ReplayOptions,
): ReplayedValue<T>[] {
  const values: ReplayedValue<T>[] = [];
  const differences = new Differences();
  const failures: unknown[] = [];
  const failed = (error: unknown) => void failures.push(error);
  // Nothing is thrown while virtual time runs, because that would leave work behind in the schedulers of RxJS.
  const scheduler = new ReplayScheduler();
  const opening = cursor.opening();
  scheduler.run(() => {
    const player = new Player(cursor, differences, options);
    const client = mqtt(opening.url ?? 'mqtt://broker', {
      ...optionsOf(opening),
      quiet: true,
      verdict: () => 'retry',
      reconnect: player.reconnect,
      ...options.client,
      transport: player.transport,
    });
    const subscription = new Subscription();
    let isOver = false;
    player.play(client, opening.isJoined, {
      failed,
      ended: () => {
        isOver = true;
        subscription.unsubscribe();
      },
      // Timers that the pipeline has left would let virtual time go on for ever.
      closed: () => asyncScheduler.schedule(() => scheduler.stop(), 1),
    });
    const add = (value: T) => void values.push({ at: asyncScheduler.now(), value });
    const onError = (error: unknown) => {
      // The client of the trace was closed, too.
      if (!isOver && !MqttError.is(error, 'CLIENT_CLOSED')) failed(error);
    };
    try {
      subscription.add(streamOf(pipeline(client))?.subscribe({ next: add, error: onError }));
    } catch (error) {
      failed(error);
    }
  });
  if (failures.length > 0) throw failures[0];
  const failure = differences.failure();
  if (failure !== undefined) throw failure;
  return values;
}

function streamOf<T>(result: Observable<T> | void): Observable<T> | undefined {
  const given: unknown = result;
  if (given === undefined || isObservable(given)) return result ?? undefined;
  if (!(given instanceof Promise))
    throw misuse(`the pipeline of a replay returned ${quote(given)}; return an Observable`);
  given.catch(() => undefined);
  throw misuse('the pipeline of a replay is async, and virtual time does not wait for promises; return an Observable');
}

/** Returns the options with which the client of the trace connected, as far as CONNECT tells. */
function optionsOf({ connects }: Opening): MqttOptions {
  const [first, ...others] = connects;
  if (first === undefined) return {};
  const { clientId, clean, keepalive, protocolVersion, properties } = first;
  const expiry = properties?.sessionExpiryInterval;
  const isOneVersion = others.every(other => other.protocolVersion === protocolVersion);
  return {
    // The broker assigns an identifier in place of an empty one, which needs a clean session.
    ...(clientId === '' ? {} : { clientId, clean }),
    keepalive,
    ...(protocolVersion === 5 ? { sessionExpiry: expiry ?? 0 } : {}),
    ...(isOneVersion ? { protocolVersion } : {}),
  };
}

const names = ['lenient', 'tolerance', 'payload', 'client'] satisfies (keyof ReplayOptions)[];

function assertOptions(options: ReplayOptions): void {
  for (const name of Object.keys(options)) {
    if ((names as string[]).includes(name)) continue;
    throw misuse(`unknown option '${name}' of replayTrace(); known are ${quoteAll(names)}`);
  }
  const { tolerance = 0 } = options;
  if (!(typeof tolerance === 'number' && tolerance >= 0)) {
    throw misuse(`option 'tolerance' of replayTrace() is ${quote(tolerance)}; it must be a number of ms of at least 0`);
  }
}
