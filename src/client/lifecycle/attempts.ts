import { type Observable, defer, map, switchMap, tap } from 'rxjs';
import type { AttemptOverrides, MqttOptions } from '../../options/options.js';
import { Versions } from '../../protocol/versions.js';
import { attempt } from './attempt.js';
import { ClientIds } from './client-ids.js';
import type { Connected } from '../connection/accepted-connection.js';
import { optionsFor } from './options-source.js';
import type { ClientContext } from '../client-context.js';
import { ReconnectPolicy } from './reconnect-policy.js';
import type { AttemptOptions } from '../options/resolve-options.js';
import type { Server } from '../options/server.js';
import type { ServerList } from './server-list.js';
import { ServerRecords } from './server-records.js';

/** A connection, with its server and the options it was made with. */
export interface EstablishedConnection {
  readonly connection: Connected;
  readonly options: AttemptOptions;
  readonly server: Server;
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

  get decide(): ReconnectPolicy['decide'] {
    return this.#policy.decide;
  }

  /** Takes over a client identifier that an earlier process had made, or got from the broker. */
  restoreClientId(clientId: string): void {
    this.#clientIds.restore(clientId);
  }

  applyOverrides(overrides: AttemptOverrides): void {
    this.#servers.applyOverrides(overrides);
    if (overrides.newClientId) this.#clientIds.renew();
  }

  /**
   * Makes one attempt. Emits once, when connected; ends as the connection does.
   *
   * @param onServer - called with the server of the attempt, and again if `perAttempt` names another one.
   */
  next(onServer: (server: Server) => void): Observable<EstablishedConnection> {
    return defer(() => {
      const { current, index } = this.#servers;
      onServer(current);
      return optionsFor(this.#options, current, index, this.#context.options).pipe(
        switchMap(({ url, credentialSources, ...options }) => {
          const server = this.#servers.use(url);
          if (server.name !== current.name) onServer(server);
          if (options.tls?.rejectUnauthorized === false) this.#warnOfCertificate(server);
          const clientId = this.#clientIds.idFor(options.clientId);
          this.#recordClientId(clientId);
          const hadSession = this.#context.session.mayBeKept(clientId);
          const record = this.#records.of(server.name);
          record.recordAttempt({
            username: options.username ?? server.username,
            password: options.password ?? server.password,
          });
          const shared = { versions: this.#versions, context: this.#context };
          const effective = record.ignoresReceiveMaximum ? withoutReceiveMaximum(options) : options;
          return attempt({ server, options: effective, credentialSources, clientId, hadSession, ...shared }).pipe(
            tap(({ connack }) => {
              record.recordConnected();
              this.#clientIds.assign(connack.properties?.assignedClientIdentifier);
              this.#recordClientId(connack.properties?.assignedClientIdentifier);
            }),
            map(connection => ({ connection, options, server })),
          );
        }),
      );
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
