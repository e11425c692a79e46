import { Observable, type Observer, type Subscriber, Subscription, type Unsubscribable } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { VersionAttempt, Versions } from '../../protocol/versions.js';
import type { Connected } from '../connection/accepted-connection.js';
import { isOutage, toMqttError } from '../connection/connection-errors.js';
import type { AttemptOptions } from '../options/resolve-options.js';
import type { Server } from '../options/server.js';
import { type LinkConfig, authenticationUnsupported, connectAs } from './link-attempt.js';

export interface AttemptConfig extends LinkConfig {
  readonly versions: Versions;
  /** Called when connected. Returns what the attempt emits. */
  readonly onConnected: (connection: Connected) => EstablishedConnection;
}

/** A connection, with its server and the options it was made with. */
export interface EstablishedConnection {
  readonly connection: Connected;
  readonly options: AttemptOptions;
  readonly server: Server;
}

/**
 * Makes one attempt on one server: link and handshake, with older versions where the server refuses a version.
 *
 * Emits once, when connected. Completes after the client sent DISCONNECT. Errors with an MqttError when the attempt fails or the
 * connection is lost.
 */
export const attempt = (config: AttemptConfig): Observable<EstablishedConnection> =>
  new Observable(subscriber => {
    new Attempt(config, subscriber).connect();
  });

/** Observes the connections with one version after another. */
class Attempt implements Observer<Connected>, Unsubscribable {
  readonly #config: AttemptConfig;
  readonly #subscriber: Subscriber<EstablishedConnection>;
  readonly #versionAttempt: VersionAttempt;
  /** The time in ms until which the attempt must have succeeded. */
  readonly #deadline: number;
  #isConnected = false;
  #connecting = Subscription.EMPTY;

  constructor(config: AttemptConfig, subscriber: Subscriber<EstablishedConnection>) {
    const { server, options, versions, context } = config;
    this.#config = config;
    this.#subscriber = subscriber;
    this.#versionAttempt = versions.startAttempt(server.name, wantedVersion(options));
    this.#deadline = context.scheduler.now() + options.connectTimeout;
    subscriber.add(this);
  }

  connect(): void {
    this.#connecting.unsubscribe();
    this.#connecting = connectAs(this.#versionAttempt, this.#deadline, this.#config).subscribe(this);
    if (this.#subscriber.closed) this.unsubscribe();
  }

  next(connected: Connected): void {
    this.#isConnected = true;
    this.#subscriber.next(this.#config.onConnected(connected));
  }

  error(error: unknown): void {
    const { options, context } = this.#config;
    if (this.#versionAttempt.fail(error)) return this.connect();
    if (!this.#isConnected && isOutage(toMqttError(error))) context.session.isolation.markUnreachable();
    this.#subscriber.error(options.authentication === undefined ? error : toAuthenticationUnsupported(error));
  }

  complete(): void {
    this.#subscriber.complete();
  }

  unsubscribe(): void {
    this.#connecting.unsubscribe();
  }
}

/** Returns the version to begin with: an authentication needs 5.0, so the client does not fall back to a version that has none. */
const wantedVersion = ({ protocolVersion, authentication }: AttemptOptions): AttemptOptions['protocolVersion'] =>
  protocolVersion === 'auto' && authentication !== undefined ? 5 : protocolVersion;

const toAuthenticationUnsupported = (error: unknown): unknown =>
  MqttError.is(error, 'UNSUPPORTED_PROTOCOL_VERSION') ? authenticationUnsupported(error) : error;
