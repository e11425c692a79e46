import {
  type Observable,
  Subject,
  Subscription,
  concat,
  defer,
  endWith,
  finalize,
  ignoreElements,
  of,
  retry,
  startWith,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
} from 'rxjs';
import { MqttError } from '../../errors.js';
import type { SharedPort } from '../port.js';
import { answerTabs, lobbyName } from './lobby.js';
import { holdOwnLock } from './own-lock.js';
import type { TabPlatform } from './platform.js';
import { holdLock, isStolen, requireLocks } from './web-locks.js';

/** The host that a leader runs for all tabs. */
export interface TabHost {
  accept(port: SharedPort): void;
  /** Closes the ports, and leaves the broker in order. Completes when that is done. */
  leave(): Observable<unknown>;
  /** Does the same without waiting for anything. */
  close(): void;
}

/** From the request of the lock to the end of the lead. */
interface Candidacy {
  isLeading: boolean;
  readonly resign$: Subject<void>;
  readonly steal$: Subject<boolean>;
  readonly subscription: Subscription;
}

/**
 * The part of a tab in the election of the leader, which is the tab that holds the Web Lock of the group. All tabs wait for the lock, so
 * that another one leads as soon as the leader closes, crashes or resigns.
 */
export class Leadership {
  /** Why this tab cannot lead. */
  readonly failure$: Observable<MqttError>;
  readonly #failure$ = new Subject<MqttError>();
  readonly #group: string;
  readonly #createHost: () => TabHost;
  readonly #platform: TabPlatform;
  #candidacy: Candidacy | undefined;

  constructor(group: string, createHost: () => TabHost, platform: TabPlatform) {
    this.#group = group;
    this.#createHost = createHost;
    this.#platform = platform;
    this.failure$ = this.#failure$.asObservable();
  }

  /** Waits for the lock, and leads with it. Does nothing if this tab already waits or leads. */
  apply(): void {
    if (this.#candidacy !== undefined) return;
    const candidacy: Candidacy = {
      isLeading: false,
      resign$: new Subject(),
      steal$: new Subject(),
      subscription: new Subscription(),
    };
    this.#candidacy = candidacy;
    const locks = requireLocks(this.#platform.locks);
    const end$ = candidacy.steal$.pipe(
      startWith(false),
      switchMap(steal =>
        holdLock(locks, lobbyName(this.#group), { steal }).pipe(switchMap(() => this.#lead(candidacy))),
      ),
      // a tab that has lost the lock waits for it like any other
      retry({ delay: (error: unknown) => (isStolen(error) ? of(undefined) : throwError(() => error)) }),
      take(1),
    );
    const fail = (cause: unknown): void => {
      if (this.#candidacy === candidacy) this.#candidacy = undefined;
      this.#failure$.next(MqttError.is(cause) ? cause : cannotLead(cause));
    };
    candidacy.subscription.add(end$.subscribe({ error: fail }));
  }

  /** Takes the lock away from a leader that does not answer. */
  steal(): void {
    if (this.#candidacy?.isLeading === false) this.#candidacy.steal$.next(true);
  }

  /** Gives the lead up when the connection has ended in order. Stops waiting for the lock if another tab leads. */
  resign(): void {
    const candidacy = this.#candidacy;
    this.#candidacy = undefined;
    if (candidacy?.isLeading === true) candidacy.resign$.next();
    else candidacy?.subscription.unsubscribe();
  }

  /** Gives the lead up immediately, because no code of this page may run after this turn. */
  abandon(): void {
    this.#candidacy?.subscription.unsubscribe();
    this.#candidacy = undefined;
  }

  /** Emits when it has resigned. Unsubscribing ends the lead immediately. */
  #lead(candidacy: Candidacy): Observable<unknown> {
    const { resign$ } = candidacy;
    return holdOwnLock(this.#platform, host => {
      const tabs = this.#createHost();
      candidacy.isLeading = true;
      return concat(
        answerTabs(lobbyName(this.#group), host, this.#platform).pipe(
          tap(port => tabs.accept(port)),
          takeUntil(resign$),
          finalize(() => (candidacy.isLeading = false)),
        ),
        defer(() => tabs.leave()),
      ).pipe(
        ignoreElements(),
        endWith(undefined),
        finalize(() => tabs.close()),
      );
    });
  }
}

const cannotLead = (cause: unknown): MqttError =>
  new MqttError('CONNECTION_FAILED', `this tab cannot run the shared client: ${String(cause)}`, { cause });
