import { Observable, identity, tap } from 'rxjs';
import type { ClientHooks, Ending, RequestHooks, RunHooks } from '../../hooks.js';
import type { MqttMessage } from '../../message.js';
import type { Operation } from '../../operation.js';

/** The name of a hook, as a warning shows it. */
export type HookName =
  keyof ClientHooks | 'onQueued' | 'onSent' | 'onSettled' | 'run' | 'onReply' | 'onEnded' | 'userProperties';

/** Hooks that were given to a client together. It calls them until they are removed, and reports what they throw. */
export class Instrument {
  isRemoved = false;
  readonly hooks: ClientHooks;
  readonly #onFailed: (hook: HookName, error: unknown) => void;

  constructor(hooks: ClientHooks, onFailed: (hook: HookName, error: unknown) => void) {
    this.hooks = hooks;
    this.#onFailed = onFailed;
  }

  call<T>(name: HookName, hook: () => T): T | undefined {
    if (this.isRemoved) return undefined;
    try {
      return hook();
    } catch (error) {
      this.#onFailed(name, error);
      return undefined;
    }
  }
}

/** What a hook has returned, with the instrument that it belongs to. */
export interface Started<H> {
  readonly instrument: Instrument;
  readonly hooks: H;
}

/** Calls the hook of each instrument that has it, in the order in which they were added. */
export function start<H>(
  instruments: readonly Instrument[],
  name: keyof ClientHooks,
  begin: (hooks: ClientHooks) => H | void | undefined,
): readonly Started<H>[] {
  const started: Started<H>[] = [];
  for (const instrument of instruments) {
    const hooks = instrument.call(name, () => begin(instrument.hooks));
    if (typeof hooks === 'object' && hooks !== null) started.push({ instrument, hooks });
  }
  return started;
}

/** Calls a function inside of the `run` of all hooks, the first one outermost. */
export function runWithin<T>(all: readonly Started<RunHooks>[], call: () => T): T {
  let outcome: { readonly value: T } | { readonly thrown: unknown } | undefined;
  let isCalled = false;
  const callOnce = () => {
    if (isCalled) return;
    isCalled = true;
    try {
      outcome = { value: call() };
    } catch (thrown) {
      outcome = { thrown };
    }
  };
  const nested = all.reduceRight<() => void>(
    (inner, { instrument, hooks }) =>
      () =>
        hooks.run === undefined || instrument.isRemoved ? inner() : instrument.call('run', () => hooks.run!(inner)),
    callOnce,
  );
  nested();
  callOnce(); // a hook may have thrown, or forgotten to call
  if ('thrown' in outcome!) throw outcome.thrown;
  return (outcome as unknown as { readonly value: T }).value;
}

/** What hooks of any operation may have. */
interface AnyOperationHooks extends RunHooks {
  onEnded?(ending: Ending): void;
}

/** An operation that hooks follow. */
export class HookedOperation<H extends AnyOperationHooks> implements Operation {
  readonly #all: readonly Started<H>[];
  readonly #publishAs: <T>(result$: Observable<T>) => Observable<T>;
  #hasEnded = false;

  /** @param publishAs - marks the message of an observable as one of this operation. */
  constructor(all: readonly Started<H>[], publishAs: <T>(result$: Observable<T>) => Observable<T> = identity) {
    this.#all = all;
    this.#publishAs = publishAs;
  }

  run<T>(call: () => T): T {
    return this.#all.length === 0 ? call() : runWithin(this.#all, call);
  }

  within<T>(source$: Observable<T>): Observable<T> {
    return new Observable(subscriber => this.run(() => source$.subscribe(subscriber)));
  }

  publish<T>(result$: Observable<T>): Observable<T> {
    return this.within(this.#publishAs(result$));
  }

  notify(name: HookName, call: (hooks: H) => void): void {
    for (const { instrument, hooks } of this.#all) instrument.call(name, () => call(hooks));
  }

  end(ending: Ending): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.notify('onEnded', hooks => hooks.onEnded?.(ending));
  }
}

/** A request that hooks follow. */
export class HookedRequest extends HookedOperation<RequestHooks> {
  /** Tells hooks of the replies, and how the request has ended. */
  follow(reply$: Observable<MqttMessage>): Observable<MqttMessage> {
    return reply$.pipe(
      tap({
        next: reply => this.notify('onReply', hooks => hooks.onReply?.(reply)),
        error: (error: unknown) => this.end({ status: 'failed', error }),
        complete: () => this.end({ status: 'completed' }),
        unsubscribe: () => this.end({ status: 'unsubscribed' }),
      }),
    );
  }
}
