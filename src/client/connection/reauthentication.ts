import { AsyncSubject, Observable, Subject, merge, tap } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { Trampoline } from '../trampoline.js';
import type { Authentication } from '../../options/authentication.js';
import { authenticatedHandshake } from '../../operators/handshake/authenticated-handshake.js';
import { handshake } from '../../operators/handshake/handshake.js';
import { reauthenticate } from '../../operators/handshake/reauthenticate.js';
import type { ConnackPacket, Packet } from '../../packets.js';
import type { NegotiatedLimits } from '../../state.js';
import type { ConnectionConfig } from './connection-config.js';
import { assertMaximumPacketSize } from './maximum-packet-size.js';
import type { Router } from './router.js';

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

/** Runs the flow from CONNECT to CONNACK, with the authentication of the options. Completes when both sides accept. */
export function handshakeFlow(
  config: ConnectionConfig,
  router: Router,
  onAccepted: (connack: ConnackPacket) => void,
): Observable<Packet> {
  const { connect, connackTimeout: timeout, options, context } = config;
  const { scheduler } = context;
  const { authentication } = options;
  if (authentication === undefined) return router.connack$.pipe(handshake({ connect, timeout, scheduler, onAccepted }));
  return merge(router.connack$, router.auth$).pipe(
    authenticatedHandshake({ connect, timeout, onAccepted, ...exchangeConfig(config, authentication, false) }),
  );
}

/** Runs the flow of re-authentications until the connection ends. It needs the option `authentication`. */
export function reauthenticationFlow(
  config: ConnectionConfig,
  router: Router,
  { requested$, onDone }: Reauthentication,
  { maximumPacketSize }: NegotiatedLimits,
): Observable<Packet> {
  const { authentication, connectTimeout: timeout } = config.options;
  return router.auth$.pipe(
    reauthenticate({ requested$, onDone, timeout, ...exchangeConfig(config, authentication!, true) }),
    tap(packet => assertMaximumPacketSize(packet, maximumPacketSize)),
  );
}

function exchangeConfig(config: ConnectionConfig, authentication: Authentication, reauthentication: boolean) {
  const { url, connect, context } = config;
  const { scheduler, trampoline } = context;
  const run = (task: () => void) => trampoline.run(task);
  return { authentication, context: { reauthentication, url, clientId: connect.clientId }, scheduler, run };
}
