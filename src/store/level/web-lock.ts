import { asyncScheduler } from 'rxjs';
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
 * ms that a lock is waited for while its owner does not answer: the browser has not yet given back the lock of a page that has just died. A
 * page that lives answers within a few ms, unless it is busy.
 */
const PATIENCE = 500;

/** A page asks for the owner of a lock. */
const QUESTION = 'who has it?';
/** The owner of the lock answers. */
const ANSWER = 'I have it';

/**
 * Takes the Web Lock `name`, which the browser gives back when the page is closed or dies. Resolves with undefined if another page, or this
 * one, has it. Rejects with NOT_SUPPORTED where the platform has no Web Locks.
 *
 * @param onLost - called when the browser has taken the lock away from this page.
 */
export async function takeWebLock(name: string, onLost: () => void): Promise<ReleaseLock | undefined> {
  const { locks } = (globalThis as { navigator?: { locks?: LockManager } }).navigator ?? {};
  if (locks === undefined) {
    throw new MqttError(
      'NOT_SUPPORTED',
      'this page has no Web Locks, so a second page could use the same session unnoticed; serve the page by https or from localhost',
      { subject: 'store' },
    );
  }
  const request = (options: LockOptions) => requestLock(locks, name, options, onLost);
  return (await request({ ifAvailable: true })) ?? (await unlessAnswered(name, signal => request({ signal })));
}

/** Runs a request until the owner of the lock answers, or has not died in time. Resolves with undefined then. */
async function unlessAnswered(
  name: string,
  request: (signal: AbortSignal) => Promise<ReleaseLock | undefined>,
): Promise<ReleaseLock | undefined> {
  const waiting = new AbortController();
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => {
    if (data === ANSWER) waiting.abort();
  };
  const patience = asyncScheduler.schedule(() => waiting.abort(), PATIENCE);
  channel.postMessage(QUESTION);
  try {
    return await request(waiting.signal);
  } catch (error) {
    if (!waiting.signal.aborted) throw error;
    return undefined;
  } finally {
    patience.unsubscribe();
    channel.close();
  }
}

/** Resolves when the lock is granted, or with undefined if it is not available. */
function requestLock(
  locks: LockManager,
  name: string,
  options: LockOptions,
  onLost: () => void,
): Promise<ReleaseLock | undefined> {
  return new Promise((resolve, reject) => {
    let channel: BroadcastChannel | undefined;
    const ended = locks
      .request(name, options, async lock => {
        if (lock === null) {
          resolve(undefined);
          return;
        }
        channel = answerQuestions(name);
        await new Promise<void>(release => {
          resolve(async () => {
            channel!.close();
            release();
            await ended;
          });
        });
      })
      .catch((error: unknown) => {
        if (channel === undefined) throw error;
        channel.close();
        onLost();
      });
    ended.catch(reject);
  });
}

/** Answers the pages that ask for the owner of a lock, and those that have asked an owner that has died since. */
function answerQuestions(name: string): BroadcastChannel {
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => {
    if (data === QUESTION) channel.postMessage(ANSWER);
  };
  channel.postMessage(ANSWER);
  return channel;
}
