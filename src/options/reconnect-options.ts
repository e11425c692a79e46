import type { ObservableInput, SchedulerLike } from 'rxjs';
import type { MqttError } from '../errors.js';

/** The delays of `exponentialBackoff()`. */
export interface BackoffOptions {
  /** The longest delay before the first retry, in ms. Default 1,000. */
  initial?: number;
  /** The longest delay, in ms. Default 60,000. */
  max?: number;
  /** The growth of the delay with each attempt. Default 2. */
  factor?: number;
  /** `'full'`: a random delay from 0 to the full delay, so that many clients do not reconnect at the same time. Default `'full'`. */
  jitter?: 'full' | 'none';
  /** The maximum number of retries. Default: no limit. */
  maxRetries?: number;
  /** ms that a connection must have lasted so that attempts count from 1 again. Default 10,000. */
  stableAfter?: number;
}

/** The delays of `failover()`, and the order of its servers. */
export interface FailoverOptions {
  /** The delay before the first retry at a server, in ms. Default 2,000. */
  minimum?: number;
  /** The longest delay, in ms. The delays at a server double up to this one; then the next server is tried. Default 60,000. */
  maximum?: number;
  /**
   * The server with which to start after a stable connection was lost; the others follow in the order of the list. `'sticky'`: the same
   * server. `'priority'`: the first one of the list. `'rotate'`: the next one. Default `'sticky'`.
   */
  order?: 'rotate' | 'priority' | 'sticky';
  /** `'full'`: a random delay from 0 to the full delay. Default `'full'`. */
  jitter?: 'full' | 'none';
}

/**
 * What a failure means for the client.
 *
 * - `'retry'`: the reconnect strategy decides about the next attempt.
 * - `'redirect'`: the next attempt is made immediately, at the Server Reference of the broker. Without a Server Reference: `'retry'`.
 * - `'refreshOptions'`: the next attempt is made immediately, with new options from `perAttempt` and a new answer of
 *   `authentication`. Without both: `'stop'`.
 * - `'newClientId'`: the next attempt is made immediately, with a new random client identifier.
 * - `'stop'`: the client closes with the error.
 *
 * The number of immediate attempts is bounded.
 */
export type Verdict = 'retry' | 'redirect' | 'refreshOptions' | 'newClientId' | 'stop';

/** What a reconnect strategy changes for one attempt. */
export interface AttemptOverrides {
  /** Connect to this server instead, for this attempt only. */
  url?: string;
  /** The server to connect to: an index in the list, the `'next'` one, or the `'same'` one again. Default `'next'`. */
  server?: number | 'next' | 'same';
  /** Use a new random client identifier. Default false. */
  newClientId?: boolean;
}

/** What a {@link ReconnectStrategy} knows when it decides. */
export interface ReconnectContext {
  /** The number of the next attempt, from 1. It starts again at 1 after a stable connection. */
  readonly attempt: number;
  /** Why there is no connection. */
  readonly error: MqttError;
  /** What the error means for the client. A strategy is not called for `'stop'`. */
  readonly verdict: Verdict;
  /** ms that the lost connection lasted; 0 if there was none. */
  readonly connectedFor: number;
  /** The URLs of the current list of servers, without credentials. */
  readonly servers: readonly string[];
  /** The index of the server of the last attempt or connection. */
  readonly server: number;
  /** The index of the last server that had a stable connection; undefined if there was none. */
  readonly lastGood: number | undefined;
  /** The scheduler of the client. */
  readonly scheduler: SchedulerLike;
  /** The option `random` of the client. */
  readonly random: () => number;
  /** Returns a timer on the scheduler of the client, which `connection$` shows as `delay`. It emits once after `ms`, then completes. */
  readonly wait: (ms: number) => ObservableInput<void>;
}

/**
 * Decides about the next attempt after a lost connection or a failed attempt, if a retry can help (see {@link Verdict}). Return a stream
 * that emits when to connect (with overrides, if you need them), completes to close the client without an error, or errors to close it
 * with that error. For a delay, use `context.wait(ms)`.
 */
export type ReconnectStrategy = (context: ReconnectContext) => ObservableInput<AttemptOverrides | void>;
