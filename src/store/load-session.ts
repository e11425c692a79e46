import {
  Observable,
  type Subject,
  catchError,
  concat,
  defer,
  finalize,
  from,
  ignoreElements,
  of,
  switchMap,
  take,
  tap,
  throwError,
  throwIfEmpty,
} from 'rxjs';
import type { MqttMessage } from '../message.js';
import type { RestoredSession } from '../protocol/session-recorder.js';
import type { OutgoingPublish } from '../protocol/outbound/outgoing-publish.js';
import type { JournalConfig } from './journal-config.js';
import {
  CLIENT_ID_KEY,
  FORMAT,
  FORMAT_KEY,
  SPENT_IDS_KEY,
  applyPosition,
  EPOCH_KEY,
  decodeClientId,
  decodeEpoch,
  decodeIds,
  decodeMessage,
  decodeReceipt,
  messageKey,
  packetIdOf,
  sequenceOf,
} from './records.js';
import type { StoreEntry, StoredSession } from '../stored-session.js';
import type { SessionStore } from './session-store.js';
import { storeFailed, unreadable } from './store-errors.js';

/** A session that is open, with what it knew. */
export interface LoadedSession {
  readonly session: StoredSession;
  readonly restored: RestoredSession;
  readonly nextSequence: number;
  readonly hasFormat: boolean;
  /** The number of the session at the broker. */
  readonly epoch: number;
  /** Whether only a receipt has the number, so that it has to be stored. */
  readonly isEpochNew: boolean;
  /** The packet identifiers of receipts of sessions that are lost. */
  readonly outdated: readonly number[];
}

/**
 * Opens the session of a client and reads its records. Emits it once, then completes. Errors with `STORE_IN_USE`, `STORE_UNREADABLE` or
 * `STORE_FAILED`. A session that is not emitted is closed again, also after the observable was unsubscribed.
 *
 * @param abandoned$ - is completed when a session that is not emitted is closed, or there is none.
 */
export function loadSession(
  store: SessionStore,
  config: JournalConfig,
  abandoned$: Subject<never>,
): Observable<LoadedSession> {
  return openSession(store, config.clientId, abandoned$).pipe(
    switchMap(session => readSession(session, config, abandoned$)),
    catchError((cause: unknown) => throwError(() => storeFailed('cannot be opened', cause))),
  );
}

/** Opens a session and emits it. It goes on when it is unsubscribed, because a session that opens too late has to be closed. */
function openSession(store: SessionStore, clientId: string, abandoned$: Subject<never>): Observable<StoredSession> {
  return new Observable(subscriber => {
    defer(() => from(store.open(clientId)))
      .pipe(
        take(1),
        throwIfEmpty(() => new Error('open() gave no session')),
      )
      .subscribe({
        next: session => (subscriber.closed ? closeSession(session, abandoned$) : subscriber.next(session)),
        error: (error: unknown) => {
          abandoned$.complete();
          subscriber.error(error);
        },
        complete: () => subscriber.complete(),
      });
  });
}

/** Reads a session and emits it, or closes it. */
function readSession(
  session: StoredSession,
  config: JournalConfig,
  abandoned$: Subject<never>,
): Observable<LoadedSession> {
  return defer(() => {
    const records = new LoadedRecords(config);
    let isEmitted = false;
    const read$ = defer(() => from(session.load())).pipe(
      tap(entries => records.addAll(entries)),
      ignoreElements(),
    );
    const loaded$ = defer(() => of({ session, ...records.loaded })).pipe(tap(() => (isEmitted = true)));
    return concat(read$, loaded$).pipe(
      finalize(() => {
        if (!isEmitted) closeSession(session, abandoned$);
      }),
    );
  });
}

/** Closes a session that is not needed. Why it cannot be closed changes nothing. */
function closeSession(session: StoredSession, closed$: Subject<never>): void {
  const onClosed = () => closed$.complete();
  defer(() => from(session.close())).subscribe({ error: onClosed, complete: onClosed });
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
  #epoch = 0;
  #isEpochNew = false;
  /** The identifiers of receipts to delete. */
  readonly #outdated: number[] = [];

  constructor(config: JournalConfig) {
    this.#config = config;
    this.#wallClockOffset = config.wallClock() - config.scheduler.now();
  }

  addAll(entries: readonly StoreEntry[]): void {
    for (const { key, value } of entries) this.#add(key, value);
  }

  /** Throws if records are there, but not what says that this version can read them. */
  get loaded(): Omit<LoadedSession, 'session'> {
    if (!this.#isEmpty && !this.#hasFormat) throw unreadable(FORMAT_KEY, 'it is missing');
    this.#assertDistinctIds();
    const restored: RestoredSession = {
      clientId: this.#clientId,
      messages: this.#messages,
      received: this.#received,
      spentIds: this.#spentIds,
    };
    return {
      restored,
      nextSequence: this.#nextSequence,
      hasFormat: this.#hasFormat,
      epoch: this.#epoch,
      isEpochNew: this.#isEpochNew,
      outdated: this.#outdated,
    };
  }

  /** Two messages with one packet identifier would take each other's acknowledgements. */
  #assertDistinctIds(): void {
    const ids = new Set<number>();
    const add = (key: string, id: number): void => {
      if (id === 0 || ids.has(id)) throw unreadable(key, `it has packet identifier ${id}, which is not free`);
      ids.add(id);
    };
    for (const { stage, packetId, record } of this.#messages)
      if (stage !== 'queued') add(messageKey(record!.sequence), packetId);
    for (const id of this.#spentIds) add(SPENT_IDS_KEY, id);
  }

  #add(key: string, value: Uint8Array): void {
    const kind = key.length > 1 ? key[0] : undefined;
    // the program may have written a receipt before the client has written anything
    if (kind !== 'r') this.#isEmpty = false;
    if (kind === 'm') this.#addMessage(key, value);
    else if (kind === 'p') this.#addPosition(key, value);
    else if (kind === 'r') this.#addReceipt(key, value);
    else if (key === CLIENT_ID_KEY) this.#clientId = decodeClientId(value);
    else if (key === EPOCH_KEY) this.#epoch = decodeEpoch(key, value);
    else if (key === SPENT_IDS_KEY) this.#spentIds = decodeIds(key, value);
    else if (key !== FORMAT_KEY) throw unreadable(key, 'this version knows no such record');
    else if (value.length !== 1 || value[0] !== FORMAT) throw unreadable(key, `this version reads format ${FORMAT}`);
    else this.#hasFormat = true;
  }

  #addMessage(key: string, value: Uint8Array): void {
    const stored = decodeMessage(key, value, this.#wallClockOffset);
    const sequence = sequenceOf(key);
    const message = this.#config.createMessage(stored, sequence);
    message.record = { sequence, stored: stored.stage, hasPosition: false, isDurable: true };
    this.#messages.push(message);
    this.#bySequence.set(sequence, message);
    this.#nextSequence = sequence + 1;
  }

  #addPosition(key: string, value: Uint8Array): void {
    const message = this.#bySequence.get(sequenceOf(key));
    if (message === undefined) throw unreadable(key, 'it has no message');
    applyPosition(message, key, value);
    message.record!.stored = 'sent';
    message.record!.hasPosition = true;
  }

  #addReceipt(key: string, value: Uint8Array): void {
    const packetId = packetIdOf(key);
    const { epoch, message } = decodeReceipt(key, value);
    // the program has stored a receipt of a session whose number the client could not store yet
    if (epoch > this.#epoch) {
      this.#epoch = epoch;
      this.#isEpochNew = true;
      this.#outdated.push(...this.#received.keys());
      this.#received.clear();
    }
    // the receipt of a session that is lost says nothing of a message that has its identifier now
    if (epoch === this.#epoch) this.#received.set(packetId, message);
    else this.#outdated.push(packetId);
  }
}
