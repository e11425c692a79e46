import { EMPTY, Observable, type SchedulerLike, type Subscriber, defer } from 'rxjs';
import type { MqttError } from '../../errors.js';
import { type ReconnectConfig, reconnect } from '../../operators/reconnect.js';
import type { AttemptOverrides, MqttOptions, ReconnectContext, ReconnectStrategy } from '../../options/options.js';
import { Versions } from '../../protocol/versions.js';
import { type EstablishedConnection, attempt } from './attempt.js';
import { ClientIds } from './client-ids.js';
import { type SourcedOptions, askPerAttempt, sourcedOptions } from './options-source.js';
import { type ClientContext, markDisconnected } from '../client-context.js';
import type { ConnectionStates } from './connection-states.js';
import { reconnectHints } from './page-lifecycle.js';
import { ReconnectPolicy } from './reconnect-policy.js';
import type { AttemptOptions } from '../options/resolve-options.js';
import type { Server } from '../options/server.js';
import type { ServerList } from './servers/server-list.js';
import { ServerRecords } from './servers/server-records.js';

/** Chooses server, options, client identifier and version of each attempt, and when it is made. Lives with the client. */
export class Attempts implements ReconnectConfig {
  readonly #servers: ServerList;
  readonly #options: MqttOptions;
  readonly #context: ClientContext;
  readonly #states: ConnectionStates;
  readonly #versions = new Versions();
  readonly #clientIds = new ClientIds();
  readonly #policy: ReconnectPolicy;
  readonly #records: ServerRecords;
  #hasWarnedOfCertificate = false;
  /** The number of the attempt, from 1 after each stable connection. */
  #attempt = 1;

  constructor(servers: ServerList, options: MqttOptions, context: ClientContext, states: ConnectionStates) {
    this.#servers = servers;
    this.#options = options;
    this.#context = context;
    this.#states = states;
    this.#records = new ServerRecords(context.warnings);
    this.#policy = new ReconnectPolicy(context, servers, this.#clientIds, this.#records);
  }

  /** Takes over a client identifier that an earlier process had made, or got from the broker. */
  restoreClientId(clientId: string): void {
    this.#clientIds.restore(clientId);
  }

  /** Makes attempts as the strategy decides. Emits each connection; completes when the strategy gives up, or errors with the reason. */
  get connections$(): Observable<EstablishedConnection> {
    this.#attempt = 1;
    return reconnect<EstablishedConnection>(this)(new Observable(subscriber => this.#next(subscriber)));
  }

  get stableAfter(): number {
    return this.#context.options.stableAfter;
  }

  get scheduler(): SchedulerLike {
    return this.#context.scheduler;
  }

  get shorten$(): Observable<unknown> {
    return reconnectHints(this.#context.signal$);
  }

  random(): number {
    return this.#context.options.random();
  }

  strategy(loss: ReconnectContext): ReturnType<ReconnectStrategy> {
    return this.#states.status === 'disconnecting' ? EMPTY : this.#policy.decide(loss);
  }

  onWaiting(attempt: number, delay: number, error: MqttError): void {
    markDisconnected(this.#context);
    this.#states.transitionTo({ status: 'reconnecting', attempt, delay, error });
  }

  onRetrying(attempt: number, overrides: AttemptOverrides): void {
    this.#attempt = attempt;
    this.#servers.applyOverrides(overrides);
    if (overrides.newClientId) this.#clientIds.renew();
  }

  /** Makes one attempt. The subscriber gets all of it: it is connected once, and the attempt ends with its connection. */
  #next(subscriber: Subscriber<EstablishedConnection>): void {
    const { current, index } = this.#servers;
    const { perAttempt } = this.#options;
    this.#announce(current);
    if (perAttempt === undefined) {
      this.#connectWith(sourcedOptions(this.#options, current), current).subscribe(subscriber);
      return;
    }
    subscriber.add(
      askPerAttempt(perAttempt, this.#options, current, index, this.#context.options).subscribe({
        // eslint-disable-next-line rxjs-x/no-nested-subscribe
        next: sourced => defer(() => this.#connectWith(sourced, current)).subscribe(subscriber),
        error: (error: unknown) => subscriber.error(error),
      }),
    );
  }

  #connectWith(sourced: SourcedOptions, announced: Server): Observable<EstablishedConnection> {
    const server = this.#servers.use(sourced.url);
    if (server.name !== announced.name) this.#announce(server);
    return this.#connectTo(server, sourced);
  }

  #announce({ name: url }: Server): void {
    this.#states.transitionTo({ status: 'connecting', attempt: this.#attempt, url });
  }

  #connectTo(server: Server, { options, layers }: SourcedOptions): Observable<EstablishedConnection> {
    if (options.tls?.rejectUnauthorized === false) this.#warnOfCertificate(server);
    const clientId = this.#clientIds.idFor(options.clientId);
    this.#recordClientId(clientId);
    const hadSession = this.#context.session.mayBeKept(clientId);
    const record = this.#records.of(server.name);
    record.recordAttempt({
      username: options.username ?? server.username,
      password: options.password ?? server.password,
    });
    return attempt({
      server,
      options: record.ignoresReceiveMaximum ? withoutReceiveMaximum(options) : options,
      layers,
      clientId,
      hadSession,
      versions: this.#versions,
      context: this.#context,
      onConnected: connection => {
        record.recordConnected();
        const { assignedClientIdentifier } = connection.connack.properties ?? {};
        this.#clientIds.assign(assignedClientIdentifier);
        this.#recordClientId(assignedClientIdentifier);
        return { connection, options, server };
      },
    });
  }

  /** Has the store keep an identifier that was not configured, by which the broker finds the session after a restart. */
  #recordClientId(clientId = ''): void {
    if (clientId !== '' && this.#clientIds.isGenerated) this.#context.journal?.recordClientId(clientId);
  }

  #warnOfCertificate({ name }: Server): void {
    if (this.#hasWarnedOfCertificate) return;
    this.#hasWarnedOfCertificate = true;
    this.#context.warnings.warn({
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
