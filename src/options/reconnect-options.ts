import type { ObservableInput, SchedulerLike } from 'rxjs';
import type { MqttError } from '../errors.js';

/** The delays of `exponentialBackoff()`. */
export interface BackoffOptions {
  /** ms before the first retry, at the most. Default 1,000. */
  initial?: number;
  /** ms, the longest delay. Default 60,000. */
  max?: number;
  /** Growth per attempt. Default 2. */
  factor?: number;
  /** `'full'`: anything from 0 to the delay, so that a thousand clients do not return as one. Default `'full'`. */
  jitter?: 'full' | 'none';
  /** Retries before giving up. Default: no limit. */
  maxRetries?: number;
  /** ms that a connection must have held for the attempts to count from 1 again. Default 10,000. */
  stableAfter?: number;
}

/** The delays of `failover()`, and its way round the servers. */
export interface FailoverOptions {
  /** ms before the first retry at a server. Default 2,000. */
  minimum?: number;
  /** ms: the delays at a server double up to this one; then it is the next server's turn. Default 60,000. */
  maximum?: number;
  /**
   * With which server of the list to begin after the loss of a connection that held; from there on round the list. `'sticky'`: the one
   * that was lost. `'priority'`: the first. `'rotate'`: the one after the lost one. Default `'sticky'`.
   */
  order?: 'rotate' | 'priority' | 'sticky';
  /** `'full'`: anything from 0 to the delay. Default `'full'`. */
  jitter?: 'full' | 'none';
}

/**
 * What a failure means for the client.
 *
 * `'retry'`: the reconnect strategy says when. `'redirect'`: at once to where the broker says (Server Reference); without such a place
 * as `'retry'`. `'refreshOptions'`: at once with what `perAttempt` answers when asked anew; without `perAttempt` as `'stop'`.
 * `'newClientId'`: at once with a new random client id. `'stop'`: the client closes with the error. What is done at once is bounded.
 */
export type Verdict = 'retry' | 'redirect' | 'refreshOptions' | 'newClientId' | 'stop';

/** What an attempt after a failure changes. */
export interface AttemptOverrides {
  /** Connect to this server instead, this once. */
  url?: string;
  /** The server to connect to: an index in the list, `'next'` in turn, or the `'same'` again. Default `'next'`. */
  server?: number | 'next' | 'same';
  /** With a new random client id. */
  newClientId?: boolean;
}

/** What a {@link ReconnectStrategy} decides by. */
export interface ReconnectContext {
  /** The attempt to be decided on, from 1. Starts again at 1 after a stable connection. */
  readonly attempt: number;
  /** Why there is no connection. */
  readonly error: MqttError;
  /** What the error was taken to mean; a strategy is not asked when that is `'stop'`. */
  readonly verdict: Verdict;
  /** ms that the lost connection had held; 0 where there was none. */
  readonly connectedFor: number;
  /** The list of servers as it is now, without credentials. */
  readonly servers: readonly string[];
  /** Index of the server whose turn it was. */
  readonly server: number;
  /** Index of the last server with which a connection held; undefined where there was none. */
  readonly lastGood: number | undefined;
  readonly scheduler: SchedulerLike;
  /** The client's source of chance, [0, 1). */
  readonly random: () => number;
  /** A timer on the client's scheduler, whose length shows as `delay` in `connection$`. Emits once after `ms`, then completes. */
  readonly wait: (ms: number) => ObservableInput<void>;
}

/**
 * Decides on lost connections and failed attempts that a retry can mend (see {@link Verdict}). Emit: try again (with overrides).
 * Complete: stop quietly. Error: stop with that error. Its delay is its own timer, best `context.wait(ms)`.
 */
export type ReconnectStrategy = (context: ReconnectContext) => ObservableInput<AttemptOverrides | void>;
