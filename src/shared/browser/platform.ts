import { EMPTY, type Observable, type SchedulerLike, asyncScheduler, fromEvent, map, merge } from 'rxjs';
import { randomClientId } from '../../client/platform/environment.js';
import type { WebLocks } from './web-locks.js';

/** An event after which no code of the page may run for a long time. */
export type PageSignal = 'freeze' | 'pagehide';

/** What a MessagePort and a BroadcastChannel have in common. */
export interface Channel {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(data: unknown, transfer?: Transferable[]): void;
  close(): void;
}

/** What tabs and hosts use of the browser. Tests bring their own. */
export interface TabPlatform {
  readonly locks: WebLocks | undefined;
  openBroadcastChannel(name: string): Channel;
  /** Returns a name that nobody else has. */
  randomName(): string;
  readonly pageSignal$: Observable<PageSignal>;
  readonly scheduler: SchedulerLike;
}

/** Returns what this page or worker offers. */
export function tabPlatform(): TabPlatform {
  const { navigator } = globalThis as { navigator?: { locks?: WebLocks } };
  return {
    locks: navigator?.locks,
    openBroadcastChannel: name => new BroadcastChannel(name),
    randomName: randomClientId,
    pageSignal$: pageSignals(globalThis),
    scheduler: asyncScheduler,
  };
}

interface Page extends Partial<EventTarget> {
  readonly document?: EventTarget;
}

function pageSignals(page: Page): Observable<PageSignal> {
  if (page.document === undefined) return EMPTY;
  const emitOn = (target: EventTarget, signal: PageSignal) => fromEvent(target, signal).pipe(map(() => signal));
  return merge(emitOn(page.document, 'freeze'), emitOn(page as EventTarget, 'pagehide'));
}
