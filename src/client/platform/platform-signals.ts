import { EMPTY, type Observable, defer, filter, fromEvent, map, merge } from 'rxjs';
import type { PlatformSignal } from '../../platform.js';

/** A signal of the platform, or of the client's watch on the clock. */
export type LifecycleSignal = PlatformSignal | 'clock';

interface Visible extends EventTarget {
  readonly visibilityState: string;
}

/** What is asked of `globalThis`: a window has all of it, a worker no document, Node nothing. */
export interface Surroundings extends Partial<EventTarget> {
  readonly document?: Visible;
}

/**
 * The signals of a page, or of a worker, which is told of the network only. Completes at once, without a listener, where there are
 * none, as in Node.
 */
export function signalsOf(surroundings: Surroundings): Observable<PlatformSignal> {
  return defer(() => {
    if (!isEventTarget(surroundings)) return EMPTY;
    const { document } = surroundings;
    const on = (target: EventTarget, signal: PlatformSignal) => fromEvent(target, signal).pipe(map(() => signal));
    return merge(
      on(surroundings, 'online'),
      on(surroundings, 'offline'),
      on(surroundings, 'pagehide'),
      // a page that is loaded is shown too
      fromEvent<PageTransitionEvent>(surroundings, 'pageshow').pipe(
        filter(({ persisted }) => persisted),
        map(() => 'pageshow' as const),
      ),
      document === undefined ? EMPTY : signalsOfDocument(document),
    );
  });
}

function signalsOfDocument(document: Visible): Observable<PlatformSignal> {
  return merge(
    fromEvent(document, 'resume').pipe(map(() => 'resume' as const)),
    fromEvent(document, 'visibilitychange').pipe(
      filter(() => document.visibilityState === 'visible'),
      map(() => 'visible' as const),
    ),
  );
}

const isEventTarget = (surroundings: Surroundings): surroundings is Surroundings & EventTarget =>
  typeof surroundings.addEventListener === 'function';

/**
 * The signals of the platform that the client runs on: what the option `platformSignal$` is unless it is set, and what one of your own
 * is made from: `platformSignal$: platformSignal$.pipe(filter(signal => signal !== 'pagehide'))`.
 *
 * Emits what page and network tell (see {@link PlatformSignal}); in workers only `'online'` and `'offline'`. Completes at once where
 * there is nothing of the kind, as in Node; never errors. Unsubscribing removes the listeners.
 */
export const platformSignal$: Observable<PlatformSignal> = /* @__PURE__ */ signalsOf(globalThis);
