import { AsyncSubject, Observable, Subject } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { Trampoline } from '../trampoline.js';

/** The re-authentication of a connection. There is at most one at a time, with any number of subscribers. Lives with the connection. */
export class Reauthentication {
  readonly #trampoline: Trampoline;
  readonly #requested$ = new Subject<void>();
  #outcome$: AsyncSubject<void> | undefined;
  #hasEnded = false;

  readonly requested$ = this.#requested$.asObservable();

  constructor(trampoline: Trampoline) {
    this.#trampoline = trampoline;
  }

  /** Starts a re-authentication, or waits for the one that runs. Emits once when both sides accept, and completes. */
  readonly start = (): Observable<void> =>
    new Observable(subscriber => {
      this.#trampoline.run(() => {
        if (this.#hasEnded) return subscriber.error(notConnected());
        const isRunning = this.#outcome$ !== undefined;
        this.#outcome$ ??= new AsyncSubject();
        subscriber.add(this.#outcome$.subscribe(subscriber));
        if (!isRunning) this.#requested$.next();
      });
    });

  readonly onDone = (): void => {
    const outcome$ = this.#outcome$;
    this.#outcome$ = undefined;
    outcome$?.next();
    outcome$?.complete();
  };

  /** Ends a re-authentication that runs, because the connection has ended: with `error`, or by disconnect(). */
  end(error?: MqttError): void {
    this.#hasEnded = true;
    this.#outcome$?.error(createFailure(error));
    this.#outcome$ = undefined;
  }
}

export const notConnected = (): MqttError =>
  new MqttError('NOT_CONNECTED', 'the client is not connected, so it cannot authenticate again', { retryable: true });

export const notAuthenticated = (): MqttError =>
  new MqttError(
    'NOT_SUPPORTED',
    "reauthenticate() needs option 'authentication', and this connection was made without it",
  );

function createFailure(cause: MqttError | undefined): MqttError {
  if (cause?.code === 'AUTHENTICATION_FAILED') return cause;
  const why = cause === undefined ? 'the connection ended meanwhile' : cause.message;
  return new MqttError('AUTHENTICATION_FAILED', `the reauthentication failed: ${why}`, {
    reasonCode: cause?.reasonCode,
    reasonString: cause?.reasonString,
    phase: 'auth',
    retryable: cause?.retryable ?? true,
    cause,
  });
}
