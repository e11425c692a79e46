import { Observable, asyncScheduler } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { misuse, quote } from './failure.js';
import { inspect } from './inspect.js';
import { assertNamed } from './parse.js';

/** The function that each letter of a marble diagram calls. */
export type Actions = Readonly<Record<string, () => unknown>>;

/**
 * Calls the actions of a marble diagram, and subscribes to the observables that they return.
 *
 * @param failed - called with the error of an action, and its cause.
 */
export function act(
  { cold }: RunHelpers,
  marbles: string,
  actions: Actions,
  failed: (error: Error, cause?: unknown) => void,
): void {
  assertNamed('act()', marbles, actions);
  for (const [name, action] of Object.entries(actions)) {
    if (typeof action !== 'function')
      throw misuse(`the action '${name}' of act() is ${quote(action)}; it must be a function`);
  }
  const onError = (name: string) => (cause: unknown) => {
    const what = `act '${marbles.trim()}': '${name}' failed at ${asyncScheduler.now()} ms: ${inspect(cause)}`;
    failed(new Error(what, { cause }), cause);
  };
  const perform = (name: string) => {
    try {
      const result = actions[name]!();
      if (result instanceof Observable) result.subscribe({ error: onError(name) });
    } catch (error) {
      onError(name)(error);
    }
  };
  cold(marbles).subscribe({
    next: perform,
    error: () =>
      failed(
        misuse(`the marbles '${marbles.trim()}' of act() have '#'; only the letters of actions mean anything there`),
      ),
  });
}
