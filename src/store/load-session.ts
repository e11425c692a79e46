import { EMPTY, Observable, catchError, concat, defer, from, ignoreElements, throwError } from 'rxjs';
import type { MqttMessage } from '../message.js';
import type { RestoredSession } from '../protocol/durable-session.js';
import type { OutgoingPublish } from '../protocol/outbound/outgoing-publish.js';
import type { JournalConfig } from './journal.js';
import {
  CLIENT_ID_KEY,
  FORMAT,
  FORMAT_KEY,
  SPENT_IDS_KEY,
  applyPosition,
  decodeIds,
  decodeMessage,
  decodeReceipt,
  decodeText,
  sequenceOf,
  unreadable,
} from './records.js';
import type { SessionStore, StoreEntry, StoredSession } from './session-store.js';
import { storeFailed } from './store-errors.js';

/** A session that is open, with what it knew. */
export interface LoadedSession {
  readonly session: StoredSession;
  readonly restored: RestoredSession;
  readonly nextSequence: number;
  readonly hasFormat: boolean;
}

/**
 * Opens the session of a client and reads its records. Emits it once, then completes. Errors with `STORE_IN_USE`, `STORE_UNREADABLE` or
 * `STORE_FAILED`. A session that is not emitted is closed again, also after the observable was unsubscribed.
 */
export function loadSession(store: SessionStore, config: JournalConfig): Observable<LoadedSession> {
  return new Observable<LoadedSession>(subscriber => {
    let isOpened = false;
    // not unsubscribed with the subscriber: a session that opens too late has to be closed
    defer(() => from(store.open(config.clientId))).subscribe({
      next: session => {
        if (isOpened || subscriber.closed) return closeSession(session);
        isOpened = true;
        const records = new LoadedRecords(config);
        let isEmitted = false;
        subscriber.add(() => {
          if (!isEmitted) closeSession(session);
        });
        subscriber.add(
          // the records are read in the order of the session
          // eslint-disable-next-line rxjs-x/no-nested-subscribe
          defer(() => from(session.load())).subscribe({
            next: entries => {
              try {
                for (const { key, value } of entries) records.add(key, value);
              } catch (error) {
                subscriber.error(error);
              }
            },
            error: (error: unknown) => subscriber.error(error),
            complete: () => {
              const problem = records.problem;
              if (problem) return subscriber.error(problem);
              isEmitted = true;
              subscriber.next({ session, ...records.loaded });
              subscriber.complete();
            },
          }),
        );
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => {
        if (!isOpened) subscriber.error(new Error('open() gave no session'));
      },
    });
  }).pipe(catchError((error: unknown) => throwError(() => storeFailed('cannot be opened', error))));
}

/** Closes a session that is not needed. Why it cannot be closed changes nothing. */
function closeSession(session: StoredSession): void {
  concat(
    defer(() => from(session.close())).pipe(
      ignoreElements(),
      catchError(() => EMPTY),
    ),
  ).subscribe();
}

/** The records of a session while they are read, in the order of their keys. */
class LoadedRecords {
  readonly #config: JournalConfig;
  readonly #wallClockOffset: number;
  #clientId: string | undefined;
  #hasFormat = false;
  #isEmpty = true;
  readonly #messages: OutgoingPublish[] = [];
  readonly #bySequence = new Map<number, OutgoingPublish>();
  readonly #received = new Map<number, MqttMessage | undefined>();
  #spentIds: readonly number[] = [];
  #nextSequence = 0;

  constructor(config: JournalConfig) {
    this.#config = config;
    this.#wallClockOffset = config.wallClock() - config.scheduler.now();
  }

  add(key: StoreEntry['key'], value: Uint8Array): void {
    this.#isEmpty = false;
    switch (key[0]) {
      case 'm':
        return this.#addMessage(key, value);
      case 'p': {
        const message = this.#bySequence.get(sequenceOf(key));
        if (message === undefined) throw unreadable(key, 'it has no message');
        applyPosition(message, key, value);
        message.record!.stored = 'sent';
        message.record!.hasPosition = true;
        return;
      }
      case 'r': {
        const packetId = Number(key.slice(1));
        if (!(packetId >= 1 && packetId <= 0xffff)) throw unreadable(key, 'it has no packet identifier');
        this.#received.set(packetId, decodeReceipt(key, value));
        return;
      }
    }
    if (key === CLIENT_ID_KEY) this.#clientId = decodeText(value);
    else if (key === SPENT_IDS_KEY) this.#spentIds = decodeIds(key, value);
    else if (key !== FORMAT_KEY) throw unreadable(key, 'this version knows no such record');
    else if (value.length !== 1 || value[0] !== FORMAT) throw unreadable(key, `this version reads format ${FORMAT}`);
    else this.#hasFormat = true;
  }

  get problem(): Error | undefined {
    return this.#isEmpty || this.#hasFormat ? undefined : unreadable(FORMAT_KEY, 'it is missing');
  }

  get loaded(): Omit<LoadedSession, 'session'> {
    const restored: RestoredSession = {
      clientId: this.#clientId,
      messages: this.#messages,
      received: this.#received,
      spentIds: this.#spentIds,
    };
    return { restored, nextSequence: this.#nextSequence, hasFormat: this.#hasFormat };
  }

  #addMessage(key: string, value: Uint8Array): void {
    const stored = decodeMessage(key, value, this.#wallClockOffset);
    const message = this.#config.createMessage(stored);
    const sequence = sequenceOf(key);
    message.record = { sequence, stored: stored.stage, hasPosition: false, isDurable: true };
    this.#messages.push(message);
    this.#bySequence.set(sequence, message);
    this.#nextSequence = sequence + 1;
  }
}
