import { EMPTY, Observable, defer } from 'rxjs';
import type { MqttError } from '../../errors.js';
import { reconnect } from '../../operators/reconnect.js';
import type { MqttOptions } from '../../options/options.js';
import { Versions } from '../../protocol/versions.js';
import { type EstablishedConnection, attempt } from './attempt.js';
import { ClientIds } from './client-ids.js';
import { type SourcedOptions, optionsFor } from './options-source.js';
import type { ClientContext } from '../client-context.js';
import { reconnectHints } from './page-lifecycle.js';
import { ReconnectPolicy } from './reconnect-policy.js';
import type { AttemptOptions } from '../options/resolve-options.js';
import type { Server } from '../options/server.js';
import type { ServerList } from './server-list.js';
import { ServerRecords } from './server-records.js';

export interface AttemptsListener {
  /** Returns false if no further attempt may be made. */
  readonly mayRetry: () => boolean;
  /** Called at the beginning of each attempt, and again if `perAttempt` names another server. */
  readonly onAttempt: (attempt: number, server: Server) => void;
  /** Called when an attempt failed or a connection was lost, and another attempt may follow after `delay` ms. */
  readonly onWaiting: (attempt: number, delay: number, error: MqttError) => void;
}

/** Chooses server, options, client identifier and version of each attempt. Lives with the client. */
export class Attempts {
  readonly #servers: ServerList;
  readonly #options: MqttOptions;
  readonly #context: ClientContext;
  readonly #versions = new Versions();
  readonly #clientIds = new ClientIds();
  readonly #policy: ReconnectPolicy;
  readonly #records: ServerRecords;
  #hasWarnedOfCertificate = false;

  constructor(servers: ServerList, options: MqttOptions, context: ClientContext) {
    this.#servers = servers;
    this.#options = options;
    this.#context = context;
    this.#records = new ServerRecords(context.warnings);
    this.#policy = new ReconnectPolicy(context, servers, this.#clientIds, this.#records);
  }

  /** Takes over a client identifier that an earlier process had made, or got from the broker. */
  restoreClientId(clientId: string): void {
    this.#clientIds.restore(clientId);
  }

  /** Makes attempts as the strategy decides. Emits each connection; completes when the strategy gives up, or errors with the reason. */
  connections({ mayRetry, onAttempt, onWaiting }: AttemptsListener): Observable<EstablishedConnection> {
    const { options, scheduler, signal$ } = this.#context;
    let attempt = 1;
    return this.#next(server => onAttempt(attempt, server)).pipe(
      reconnect({
        strategy: loss => (mayRetry() ? this.#policy.decide(loss) : EMPTY),
        stableAfter: options.stableAfter,
        scheduler,
        random: options.random,
        shorten$: reconnectHints(signal$),
        onWaiting,
        onRetrying: (next, overrides) => {
          attempt = next;
          this.#servers.applyOverrides(overrides);
          if (overrides.newClientId) this.#clientIds.renew();
        },
      }),
    );
  }

  /**
   * Makes one attempt. Emits once, when connected; ends as the connection does.
   *
   * @param onServer - called with the server of the attempt, and again if `perAttempt` names another one.
   */
  #next(onServer: (server: Server) => void): Observable<EstablishedConnection> {
    return new Observable(subscriber => {
      const { current, index } = this.#servers;
      onServer(current);
      subscriber.add(
        optionsFor(this.#options, current, index, this.#context.options).subscribe({
          next: ({ url, ...options }) => {
            const attempt$ = defer(() => {
              const server = this.#servers.use(url);
              if (server.name !== current.name) onServer(server);
              return this.#attempt(server, options);
            });
            // the subscriber gets all of the attempt, which ends with its connection
            // eslint-disable-next-line rxjs-x/no-nested-subscribe
            attempt$.subscribe(subscriber);
          },
          error: (error: unknown) => subscriber.error(error),
        }),
      );
    });
  }

  #attempt(server: Server, { credentialSources, ...options }: SourcedOptions): Observable<EstablishedConnection> {
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
      credentialSources,
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
