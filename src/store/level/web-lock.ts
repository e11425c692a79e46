import { MqttError } from '../../errors.js';
import type { LevelDatabase } from './level-database.js';

/** Gives a lock back. It resolves when another owner can have it. */
export type ReleaseLock = () => Promise<void>;

/**
 * Returns whether several pages can open this database at the same time, as they can with IndexedDB. Elsewhere a permanent database locks
 * itself: LevelDB has one process, and one object in it.
 */
export function isSharedBetweenPages({ supports }: LevelDatabase): boolean {
  return supports.permanence !== false && 'indexedDB' in globalThis;
}

/**
 * ms that a lock is waited for. A page that the user has left, and that the browser keeps for the way back, holds its locks until somebody
 * asks for them. Then the browser discards the page, which takes a moment.
 */
const PATIENCE = 500;

/**
 * Takes the Web Lock `name`, which the browser gives back when the page is closed or dies. Resolves with undefined if another page, or this
 * one, has it. Rejects with NOT_SUPPORTED where the platform has no Web Locks.
 */
export async function takeWebLock(name: string): Promise<ReleaseLock | undefined> {
  const { locks } = (globalThis as { navigator?: { locks?: LockManager } }).navigator ?? {};
  if (locks === undefined) {
    throw new MqttError(
      'NOT_SUPPORTED',
      'this page has no Web Locks, so a second page could use the same session unnoticed; serve the page by https or from localhost',
      { subject: 'store' },
    );
  }
  const signal = AbortSignal.timeout(PATIENCE);
  return new Promise((resolve, reject) => {
    const released = locks.request(name, { signal }, async () => {
      await new Promise<void>(release => {
        resolve(async () => {
          release();
          await released;
        });
      });
    });
    released
      .catch((error: unknown) => {
        if (!signal.aborted) throw error;
        resolve(undefined);
      })
      .catch(reject);
  });
}
