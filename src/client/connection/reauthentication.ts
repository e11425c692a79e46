import { AsyncSubject, Observable, Subject } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { Trampoline } from '../trampoline.js';

/** The one authentication anew that may be going on, and those who wait for its end. Lives with the connection. */
export class Reauthentication {
  readonly #trampoline: Trampoline;
  readonly #asked$ = new Subject<void>();
  #outcome$: AsyncSubject<void> | undefined;
  #over = false;

  readonly asked$ = this.#asked$.asObservable();

  constructor(trampoline: Trampoline) {
    this.#trampoline = trampoline;
  }

  /** Begins one, or joins it. Emits once when both sides accept, and completes. */
  readonly ask = (): Observable<void> =>
    new Observable(subscriber => {
      this.#trampoline.run(() => {
        if (this.#over) return subscriber.error(notConnected());
        const joins = this.#outcome$ !== undefined;
        this.#outcome$ ??= new AsyncSubject();
        subscriber.add(this.#outcome$.subscribe(subscriber));
        if (!joins) this.#asked$.next();
      });
    });

  readonly done = (): void => {
    const outcome$ = this.#outcome$;
    this.#outcome$ = undefined;
    outcome$?.next();
    outcome$?.complete();
  };

  /** The connection has ended, because of `error` or by our own will. */
  end(error?: MqttError): void {
    this.#over = true;
    this.#outcome$?.error(failure(error));
    this.#outcome$ = undefined;
  }
}

export const notConnected = (): MqttError =>
  new MqttError('NOT_CONNECTED', 'there is no connection to authenticate again on', { retryable: true });

export const notAuthenticated = (): MqttError =>
  new MqttError(
    'NOT_SUPPORTED',
    "this connection was made without the option 'authentication', which reauthenticate() needs",
  );

function failure(cause: MqttError | undefined): MqttError {
  if (cause?.code === 'AUTHENTICATION_FAILED') return cause;
  const why = cause === undefined ? 'the connection was ended meanwhile' : cause.message;
  return new MqttError('AUTHENTICATION_FAILED', `the reauthentication failed: ${why}`, {
    reasonCode: cause?.reasonCode,
    reasonString: cause?.reasonString,
    phase: 'auth',
    retryable: cause?.retryable ?? true,
    cause,
  });
}
