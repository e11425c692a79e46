import { Observable, asyncScheduler } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { misuse, quote } from './failure.js';
import { inspect } from './inspect.js';
import { assertNamed } from './parse.js';

/** What each letter of the marbles does. */
export type Actions = Readonly<Record<string, () => unknown>>;

/**
 * Does what the marbles name; a stream that an action returns is subscribed.
 *
 * @param failed - told what goes wrong, and what caused it.
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
  const wrong = (name: string) => (cause: unknown) => {
    const what = `act '${marbles.trim()}': '${name}' failed at ${asyncScheduler.now()} ms: ${inspect(cause)}`;
    failed(new Error(what, { cause }), cause);
  };
  const perform = (name: string) => {
    try {
      const result = actions[name]!();
      if (result instanceof Observable) result.subscribe({ error: wrong(name) });
    } catch (error) {
      wrong(name)(error);
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
