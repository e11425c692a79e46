import { MqttError } from '../../errors.js';
import { quoted, wordsOf } from '../../quoted.js';

const FULL = /ENOSPC|no space left|quota/i;

/** Returns what a database has thrown as an error of a store. `action` completes 'the store could not ...'. */
export function storeError(thrown: unknown, action: string): MqttError {
  if (MqttError.is(thrown)) return thrown;
  const causes = causesOf(thrown);
  const words = wordsOf(causes.at(-1));
  const has = (code: string) => causes.some(cause => (cause as { code?: unknown }).code === code);
  if (has('LEVEL_LOCKED')) {
    return new MqttError(
      'STORE_IN_USE',
      `another process, or another database object of this process, has the database of the store open (${words}); close it, or use another location`,
      { cause: thrown, retryable: true },
    );
  }
  if (has('LEVEL_CORRUPTION')) {
    return new MqttError(
      'STORE_UNREADABLE',
      `the database of the store is damaged (${words}); keep a copy of it, then repair it, or delete it and with it the stored session`,
      { cause: thrown },
    );
  }
  const isFull = causes.some(({ name, message }) => FULL.test(`${name} ${message}`));
  const advice = isFull ? '; free some space, and the next write succeeds' : '';
  return new MqttError('STORE_FAILED', `the store could not ${action} (${words})${advice}`, {
    cause: thrown,
    retryable: true,
  });
}

/** Returns the error of a second owner of the session of `clientId`. */
export function storeInUse(clientId: string, owner: string): MqttError {
  return new MqttError(
    'STORE_IN_USE',
    `${owner} has ${sessionOf(clientId)} open; close it there, or use another clientId or another prefix`,
    { subject: clientId, retryable: true },
  );
}

/** Returns the error of a page from which the browser has taken the lock of the session. */
export function lockLost(clientId: string): MqttError {
  return new MqttError(
    'STORE_IN_USE',
    `the browser has taken the lock of ${sessionOf(clientId)} away from this page, so another page may have it; close the client and connect it again`,
    { subject: clientId, retryable: true },
  );
}

const sessionOf = (clientId: string): string =>
  clientId === '' ? 'the session of the client without a clientId' : `the session of ${quoted(clientId)}`;

/** Returns an error and the errors that caused it, the first cause last. */
function causesOf(thrown: unknown): Error[] {
  const causes: Error[] = [];
  for (let next = thrown; next instanceof Error && !causes.includes(next); next = next.cause) causes.push(next);
  return causes.length > 0 ? causes : [new Error(String(thrown))];
}
