import { EMPTY, type Observable, defer, filter, fromEvent, map, merge } from 'rxjs';
import type { PlatformSignal } from '../../platform.js';

/** A signal of the platform, or `'clock'` when the wall clock has jumped. */
export type LifecycleSignal = PlatformSignal | 'clock';

interface Visible extends EventTarget {
  readonly visibilityState: string;
}

/** The parts of `globalThis` that signals come from. A window has all of them, a worker no document, and Node none. */
export interface Globals extends Partial<EventTarget> {
  readonly document?: Visible;
}

/**
 * Emits the signals of a page, or of a worker, which has those of the network only. Completes synchronously, without a listener, on a
 * platform without signals, such as Node.
 */
export function signalsOf(globals: Globals): Observable<PlatformSignal> {
  return defer(() => {
    if (!isEventTarget(globals)) return EMPTY;
    const { document } = globals;
    const emitOn = (target: EventTarget, signal: PlatformSignal) => fromEvent(target, signal).pipe(map(() => signal));
    return merge(
      emitOn(globals, 'online'),
      emitOn(globals, 'offline'),
      emitOn(globals, 'pagehide'),
      // a page that is loaded emits pageshow, too
      fromEvent<PageTransitionEvent>(globals, 'pageshow').pipe(
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

const isEventTarget = (globals: Globals): globals is Globals & EventTarget =>
  typeof globals.addEventListener === 'function';

/**
 * The signals of the platform that the client runs on. It is the default of the option `platformSignal$`, and you can derive your own
 * from it: `platformSignal$: platformSignal$.pipe(filter(signal => signal !== 'pagehide'))`.
 *
 * Emits the signals of page and network (see {@link PlatformSignal}); in workers only `'online'` and `'offline'`. Completes synchronously
 * on a platform without signals, such as Node. Never errors. Unsubscribing removes the listeners.
 */
export const platformSignal$: Observable<PlatformSignal> = /* @__PURE__ */ signalsOf(globalThis);
