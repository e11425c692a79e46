import { AsyncSubject, Observable, Subject, EMPTY, merge, tap } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { Trampoline } from '../trampoline.js';
import type { Authentication } from '../../options/authentication.js';
import { authenticatedHandshake } from '../../operators/handshake/authenticated-handshake.js';
import { handshake } from '../../operators/handshake/handshake.js';
import { reauthenticate } from '../../operators/handshake/reauthenticate.js';
import type { ConnackPacket, Packet } from '../../packets.js';
import type { NegotiatedLimits } from '../../state.js';
import type { ConnectionConfig } from './connection-config.js';
import { assertFits } from './fitting.js';
import type { Router } from './router.js';

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

/** CONNECT to CONNACK, with the authentication that the options ask for in between. Completes when accepted. */
export function handshakeFlow(
  config: ConnectionConfig,
  router: Router,
  accepted: (connack: ConnackPacket) => void,
): Observable<Packet> {
  const { connect, connackTimeout: timeout, options, context } = config;
  const { scheduler } = context;
  const { authentication } = options;
  if (authentication === undefined) return router.connack$.pipe(handshake({ connect, timeout, scheduler, accepted }));
  return merge(router.connack$, router.auth$).pipe(
    authenticatedHandshake({ connect, timeout, accepted, ...conversation(config, authentication, false) }),
  );
}

/** Authentication anew, for as long as the connection lives. */
export function reauthenticationFlow(
  config: ConnectionConfig,
  router: Router,
  waiting: Reauthentication,
  { maximumPacketSize }: NegotiatedLimits,
): Observable<Packet> {
  const { authentication, connectTimeout: timeout } = config.options;
  if (authentication === undefined) return EMPTY;
  const { asked$, done } = waiting;
  return router.auth$.pipe(
    reauthenticate({ asked$, done, timeout, ...conversation(config, authentication, true) }),
    tap(packet => assertFits(packet, maximumPacketSize)),
  );
}

function conversation(config: ConnectionConfig, authentication: Authentication, reauthentication: boolean) {
  const { url, connect, context } = config;
  const { scheduler, trampoline } = context;
  const run = (task: () => void) => trampoline.run(task);
  return { authentication, context: { reauthentication, url, clientId: connect.clientId }, scheduler, run };
}
