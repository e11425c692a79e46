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
 * Takes the Web Lock `name`, which the browser gives back when the page is closed or dies. Resolves with undefined if another page, or this
 * one, has it. Rejects with NOT_SUPPORTED where the platform has no Web Locks.
 */
export function takeWebLock(name: string): Promise<ReleaseLock | undefined> {
  const { locks } = (globalThis as { navigator?: { locks?: LockManager } }).navigator ?? {};
  if (locks === undefined) {
    const error = new MqttError(
      'NOT_SUPPORTED',
      'This page has no Web Locks, so a second page could use the same session unnoticed; serve the page by https or from localhost',
      { subject: 'store' },
    );
    return Promise.reject(error);
  }
  return new Promise((resolve, reject) => {
    const released = locks.request(name, { ifAvailable: true }, lock => {
      if (lock === null) return resolve(undefined);
      return new Promise<void>(release => {
        resolve(async () => {
          release();
          await released;
        });
      });
    });
    released.catch(reject);
  });
}
