import { AsyncSubject, EMPTY, type Observable, Subject, Subscription, defer, from, map, tap } from 'rxjs';
import type { MqttError } from '../errors.js';
import type { RestoredSession, SessionRecorder } from '../protocol/session-recorder.js';
import type { OutgoingPublish } from '../protocol/outbound/outgoing-publish.js';
import { Batch } from './batch.js';
import type { JournalConfig } from './journal-config.js';
import { DurableSession, type DurableSessionConfig } from './durable-session.js';
import { DurableGate, type DurableGateConfig } from './durable-gate.js';
import { type LoadedSession, loadSession } from './load-session.js';
import type { StoreChange, StoredSession } from '../stored-session.js';
import type { SessionStore } from './session-store.js';
import { storeFailed } from './store-errors.js';
import { StoredRecords } from './stored-records.js';

/** How many changes of messages may wait for a store that fails. */
const MAX_UNWRITTEN = 1000;

/** ms after which what a batch could not write is written again, if nothing else is. */
const RETRY_AFTER = 1000;

/**
 * Writes the changes of a session to its store. All changes of one turn are one batch. While a batch is being written, the next one
 * gathers; each message is encoded as it is when its batch begins. Nothing is read back: the memory of the client is the truth.
 */
export class Journal implements SessionRecorder {
  readonly #store: SessionStore;
  readonly #config: JournalConfig;
  readonly #durable$ = new Subject<void>();
  /** Emits when a batch has become durable. */
  readonly durable$ = this.#durable$.asObservable();
  readonly #failed$ = new Subject<void>();
  /** Emits when a batch has failed, after its messages have settled. */
  readonly failed$ = this.#failed$.asObservable();

  // lives from one opening to the next close
  #session: StoredSession | undefined;
  #records: StoredRecords | undefined;
  /** What has changed since the last batch. */
  #gathered = new Batch(1);
  #writing: { readonly batch: Batch; readonly changes: readonly StoreChange[] } | undefined;
  #durableBatch = 0;
  /** Why the last batch has failed; undefined if it has not. */
  #failure: MqttError | undefined;
  #isScheduled = false;
  /** Whether changes are not recorded, because the session is not restored yet, or no longer there. */
  #isIgnoring = true;
  #retry = Subscription.EMPTY;
  /** Completes when a session that was opened and not loaded is closed again. */
  #abandoned$: Observable<never> = EMPTY;
  /** Set by close(). `last` is what is still to be written. */
  #closing: { last: readonly StoreChange[]; hasFailed: boolean; readonly closed$: AsyncSubject<never> } | undefined;

  constructor(store: SessionStore, config: JournalConfig) {
    this.#store = store;
    this.#config = config;
  }

  /** The number of the batch that has to be durable before all changes so far are; 0 if they are. */
  get pendingBatch(): number {
    return this.#gathered.isEmpty ? (this.#writing?.batch.number ?? 0) : this.#gathered.number;
  }

  /** The reason to accept no message: the store fails, and too much waits for it. */
  get refusal(): MqttError | undefined {
    return this.#gathered.messages.size < MAX_UNWRITTEN ? undefined : this.#failure;
  }

  /** The number of the last batch that is durable. */
  get durableBatch(): number {
    return this.#durableBatch;
  }

  /** Makes the gate of a connection. */
  createGate(config: DurableGateConfig): DurableGate {
    return new DurableGate(this, config);
  }

  /** Makes what opens and closes the session of a client. */
  createSession(config: DurableSessionConfig): DurableSession {
    return new DurableSession(this, config);
  }

  /** Opens the store. Emits what it knew, then completes. Errors with `STORE_IN_USE`, `STORE_UNREADABLE` or `STORE_FAILED`. */
  open(): Observable<RestoredSession> {
    return defer(() => {
      const abandoned$ = new AsyncSubject<never>();
      this.#abandoned$ = abandoned$;
      return loadSession(this.#store, this.#config, abandoned$).pipe(
        tap(loaded => {
          this.#abandoned$ = EMPTY;
          this.#onLoaded(loaded);
        }),
        map(({ restored }) => restored),
        tap({ complete: () => (this.#isIgnoring = false) }),
      );
    });
  }

  /** Writes what is not durable yet, and closes the store. Completes when that is done; later changes are not recorded. */
  close(): Observable<never> {
    return defer(() => {
      if (this.#closing) return this.#closing.closed$;
      this.#isIgnoring = true;
      if (this.#session === undefined) {
        this.#gathered = new Batch(this.#gathered.number + 1);
        return this.#abandoned$;
      }
      this.#retry.unsubscribe();
      const closed$ = new AsyncSubject<never>();
      this.#closing = { last: this.#records!.changesOf(this.#gathered), hasFailed: false, closed$ };
      this.#gathered = new Batch(this.#gathered.number + 1);
      if (this.#writing === undefined) this.#finish();
      return closed$;
    });
  }

  recordOutgoing(message: OutgoingPublish): void {
    const isNeverStored = message.requestedQoS === 0 && message.record === undefined && !this.#config.keepsQos0;
    if (this.#isIgnoring || isNeverStored) return;
    this.#gathered.messages.add(message);
    this.#schedule();
  }

  recordReceived(packetId: number): void {
    if (this.#isIgnoring) return;
    this.#gathered.received.add(packetId);
    this.#schedule();
  }

  recordSpentIds(): void {
    if (this.#isIgnoring) return;
    this.#gathered.hasSpentIds = true;
    this.#schedule();
  }

  recordClientId(clientId: string): void {
    if (this.#isIgnoring || this.#records === undefined || this.#records.clientId === clientId) return;
    this.#records.clientId = clientId;
    this.#gathered.hasClientId = true;
    this.#schedule();
  }

  recordNewSession(): void {
    if (this.#isIgnoring || this.#records === undefined) return;
    this.#records.beginNewSession();
    this.#gathered.hasEpoch = true;
    this.#schedule();
  }

  receiptChange(packetId: number, receipt: 'delivered' | 'none'): StoreChange | undefined {
    return this.#records?.receiptChange(packetId, receipt);
  }

  adoptReceipt(packetId: number, receipt: 'delivered' | 'none'): void {
    // the batch that is being written may undo what the program has written
    const isOverwritten = this.#writing?.batch.changedReceipts.has(packetId);
    if (!isOverwritten) this.#records?.adoptReceipt(packetId, receipt);
    this.recordReceived(packetId);
  }

  #onLoaded(loaded: LoadedSession): void {
    this.#session = loaded.session;
    this.#records = new StoredRecords(this.#config, loaded);
    for (const packetId of loaded.outdated) this.#gathered.received.add(packetId);
    this.#gathered.hasEpoch ||= loaded.isEpochNew;
    if (!this.#gathered.isEmpty) this.#schedule();
  }

  /** Has the gathered changes written at the end of the turn, unless a batch is being written, which is followed by the next. */
  #schedule(): void {
    if (this.#isScheduled || this.#writing !== undefined || this.#session === undefined) return;
    this.#isScheduled = true;
    this.#config.tick.schedule(() => {
      this.#isScheduled = false;
      if (this.#writing === undefined && this.#closing === undefined) this.#writeGathered();
    });
  }

  #writeGathered(): void {
    const batch = this.#gathered;
    if (batch.isEmpty) return;
    this.#retry.unsubscribe();
    this.#gathered = new Batch(batch.number + 1);
    this.#write(batch, this.#records!.changesOf(batch));
  }

  #write(batch: Batch, changes: readonly StoreChange[]): void {
    this.#writing = { batch, changes };
    const { run } = this.#config;
    if (changes.length === 0) return run(() => this.#onWritten(batch));
    defer(() => from(this.#session!.write(changes))).subscribe({
      error: (error: unknown) => run(() => this.#onFailed(batch, changes, error)),
      complete: () => run(() => this.#onWritten(batch)),
    });
  }

  #onWritten(batch: Batch): void {
    this.#writing = undefined;
    this.#durableBatch = batch.number;
    this.#failure = undefined;
    this.#records!.written(batch);
    this.#durable$.next();
    this.#config.onDurable(batch.messages);
    if (this.#closing) this.#finish();
    else if (!this.#gathered.isEmpty) this.#schedule();
  }

  #onFailed(batch: Batch, changes: readonly StoreChange[], cause: unknown): void {
    this.#writing = undefined;
    const error = storeFailed('cannot write', cause);
    if (this.#closing) {
      // what was in memory is gone, so the same changes are written once more
      this.#closing.last = this.#closing.hasFailed ? [] : [...changes, ...this.#closing.last];
      if (this.#closing.hasFailed) this.#config.onFailed(error, [], this.#failure === undefined);
      this.#closing.hasFailed = true;
      return this.#finish();
    }
    this.#records!.failed(batch);
    const isNew = ({ record, stage }: OutgoingPublish) => record?.isDurable === false && stage !== 'settled';
    const lost = [...batch.messages].filter(isNew);
    this.#gathered.addAll(batch);
    this.#retry = this.#config.scheduler.schedule(() => this.#schedule(), RETRY_AFTER);
    const isFirst = this.#failure === undefined;
    this.#failure = error;
    this.#config.onFailed(error, lost, isFirst);
    this.#failed$.next();
  }

  /** Writes what is left, then closes the store. */
  #finish(): void {
    const closing = this.#closing!;
    const { last } = closing;
    if (last.length > 0) {
      closing.last = [];
      return this.#write(new Batch(this.#gathered.number), last);
    }
    const session = this.#session!;
    const onClosed = () =>
      this.#config.run(() => {
        this.#session = this.#records = this.#closing = undefined;
        this.#gathered = new Batch(this.#gathered.number + 1);
        closing.closed$.complete();
      });
    // why it cannot be closed changes nothing
    defer(() => from(session.close())).subscribe({ error: onClosed, complete: onClosed });
  }
}
