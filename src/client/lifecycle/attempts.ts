import { EMPTY, Observable, type Observer, type SchedulerLike, Subscription, type Unsubscribable, concat } from 'rxjs';
import type { MqttError } from '../../errors.js';
import { type ReconnectConfig, Reconnecting } from '../../operators/reconnect/reconnecting.js';
import type { AttemptOverrides, MqttOptions, ReconnectContext, ReconnectStrategy } from '../../options/options.js';
import { type VersionAttempt, fixedVersion } from '../../protocol/versions.js';
import { Attempt, type AttemptOwner, type EstablishedConnection } from './attempt.js';
import { ClientIds } from './client-ids.js';
import { type SourcedOptions, askPerAttempt, sourcedOptions } from './options-source.js';
import type { ClientContext } from '../client-context.js';
import type { ConnectionStates } from './connection-states.js';
import { reconnectHints } from './page-lifecycle.js';
import { ReconnectPolicy } from './reconnect-policy.js';
import type { AttemptOptions } from '../options/resolve-options.js';
import type { Server } from '../options/server.js';
import type { ServerList } from './servers/server-list.js';
import { type ServerRecord, ServerRecords } from './servers/server-records.js';

/** Chooses server, options, client identifier and version of each attempt, and when it is made. Lives with the client. */
export class Attempts implements ReconnectConfig<EstablishedConnection>, AttemptOwner {
  readonly context: ClientContext;
  readonly #servers: ServerList;
  readonly #options: MqttOptions;
  readonly #states: ConnectionStates;
  readonly #clientIds = new ClientIds();
  readonly #records: ServerRecords;
  /** Undefined until an attempt fails or a connection is lost. */
  #policy: ReconnectPolicy | undefined;
  #hasWarnedOfCertificate = false;
  /** The number of the attempt, from 1 after each stable connection. */
  #attempt = 1;

  constructor(servers: ServerList, options: MqttOptions, context: ClientContext, states: ConnectionStates) {
    this.#servers = servers;
    this.#options = options;
    this.context = context;
    this.#states = states;
    this.#records = new ServerRecords(context.warnings);
  }

  /** Takes over a client identifier that an earlier process had made, or got from the broker. */
  restoreClientId(clientId: string): void {
    this.#clientIds.restore(clientId);
  }

  /**
   * Makes attempts as the strategy decides. The observer gets each connection; it completes when the strategy gives up, or errors with the
   * reason.
   *
   * @param opened$ - what the attempts wait for: it completes, or errors in place of them.
   */
  connect(observer: Observer<EstablishedConnection>, opened$?: Observable<never>): Unsubscribable {
    if (opened$ !== undefined) {
      const connections$ = new Observable<EstablishedConnection>(subscriber => this.connect(subscriber));
      return concat(opened$, connections$).subscribe(observer);
    }
    this.#attempt = 1;
    const reconnecting = new Reconnecting(this, observer);
    reconnecting.connect();
    return reconnecting;
  }

  get stableAfter(): number {
    return this.context.options.stableAfter;
  }

  get scheduler(): SchedulerLike {
    return this.context.scheduler;
  }

  get shorten$(): Observable<unknown> {
    return reconnectHints(this.context.signal$);
  }

  random(): number {
    return this.context.options.random();
  }

  strategy(loss: ReconnectContext): ReturnType<ReconnectStrategy> {
    if (this.#states.status === 'disconnecting') return EMPTY;
    this.#policy ??= new ReconnectPolicy(this.context, this.#servers, this.#clientIds, this.#records);
    return this.#policy.decide(loss);
  }

  onWaiting(attempt: number, delay: number, error: MqttError): void {
    this.context.markDisconnected();
    this.#states.transitionTo({ status: 'reconnecting', attempt, delay, error });
  }

  onRetrying(attempt: number, overrides: AttemptOverrides): void {
    this.#attempt = attempt;
    this.#servers.applyOverrides(overrides);
    if (overrides.newClientId) this.#clientIds.renew();
  }

  attempt(observer: Observer<EstablishedConnection>): Unsubscribable {
    const { current, index } = this.#servers;
    const { perAttempt } = this.#options;
    this.#announce(current);
    if (perAttempt === undefined) return this.#start(sourcedOptions(this.#options, current), current, observer);
    const attempt = new Subscription();
    attempt.add(
      askPerAttempt(perAttempt, this.#options, current, index, this.context.options).subscribe({
        next: sourced => attempt.add(this.#start(sourced, current, observer)),
        error: (error: unknown) => observer.error(error),
      }),
    );
    return attempt;
  }

  #announce({ name: url }: Server): void {
    this.#states.transitionTo({ status: 'connecting', attempt: this.#attempt, url });
  }

  /** @param announced - the server that the state `'connecting'` names. */
  #start(sourced: SourcedOptions, announced: Server, observer: Observer<EstablishedConnection>): Unsubscribable {
    let attempt: Attempt;
    try {
      const server = this.#servers.use(sourced.url);
      if (server.name !== announced.name) this.#announce(server);
      attempt = this.#createAttempt(server, sourced, observer);
    } catch (error) {
      observer.error(error);
      return Subscription.EMPTY;
    }
    attempt.open();
    return attempt;
  }

  #createAttempt(
    server: Server,
    { options, layers }: SourcedOptions,
    observer: Observer<EstablishedConnection>,
  ): Attempt {
    if (options.tls?.rejectUnauthorized === false) this.#warnOfCertificate(server);
    const clientId = this.#clientIds.idFor(options.clientId);
    this.#recordClientId(clientId);
    const record = this.#records.of(server.name);
    record.recordAttempt({
      username: options.username ?? server.username,
      password: options.password ?? server.password,
    });
    const config = {
      server,
      options: record.ignoresReceiveMaximum ? withoutReceiveMaximum(options) : options,
      layers,
      clientId,
      hadSession: this.context.session.mayBeKept(clientId),
      versionAttempt: startVersionAttempt(record, options),
      failures: record.failures,
    };
    return new Attempt(this, config, observer);
  }

  onConnected({ connection, server }: EstablishedConnection): void {
    this.#records.of(server.name).recordConnected();
    const { assignedClientIdentifier } = connection.connack.properties ?? {};
    this.#clientIds.assign(assignedClientIdentifier);
    this.#recordClientId(assignedClientIdentifier);
  }

  /** Has the store keep an identifier that was not configured, by which the broker finds the session after a restart. */
  #recordClientId(clientId = ''): void {
    if (clientId !== '' && this.#clientIds.isGenerated) this.context.journal?.recordClientId(clientId);
  }

  #warnOfCertificate({ name }: Server): void {
    if (this.#hasWarnedOfCertificate) return;
    this.#hasWarnedOfCertificate = true;
    this.context.warnings.warn({
      code: 'CERTIFICATE_NOT_CHECKED',
      message:
        `the certificate of ${name} is not checked ('tls.rejectUnauthorized' is false), so that anybody on the way can read and change ` +
        "everything, passwords included; give the certificate of the server or of its authority as 'tls.ca' instead",
      url: name,
    });
  }
}

function withoutReceiveMaximum(options: AttemptOptions): AttemptOptions {
  const { receiveMaximum: _, ...properties } = options.properties ?? {};
  return { ...options, properties };
}

/** Begins with the version of the options. An authentication needs 5.0, so there is no fallback to a version that has none. */
function startVersionAttempt(
  record: ServerRecord,
  { protocolVersion, authentication }: AttemptOptions,
): VersionAttempt {
  if (protocolVersion !== 'auto') return fixedVersion(protocolVersion);
  return authentication === undefined ? record.versions.startAttempt() : fixedVersion(5);
}
