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

/** A connection, and what it was made with. */
export interface EstablishedConnection {
  readonly connection: Connected;
  readonly options: AttemptOptions;
  readonly server: Server;
}

/** What attempts are made of: the server whose turn it is, the options of the moment, the client id, the version. Lives with the client. */
export class Attempts {
  readonly #servers: ServerList;
  readonly #options: MqttOptions;
  readonly #context: ClientContext;
  readonly #versions = new Versions();
  readonly #clientIds = new ClientIds();
  readonly #policy: ReconnectPolicy;
  readonly #records: ServerRecords;
  #warnedOfCertificates = false;

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

  change(overrides: AttemptOverrides): void {
    this.#servers.move(overrides);
    if (overrides.newClientId) this.#clientIds.renew();
  }

  /**
   * One attempt. Emits once, when connected; ends as the connection does.
   *
   * @param begins - told the server; once more, if the options lead to another.
   */
  next(begins: (server: Server) => void): Observable<EstablishedConnection> {
    return defer(() => {
      const turn = this.#servers.current;
      begins(turn);
      return optionsFor(this.#options, turn, this.#servers.turn, this.#context.options).pipe(
        switchMap(({ url, credentialSources, ...options }) => {
          const server = this.#servers.use(url);
          if (server.name !== turn.name) begins(server);
          if (options.tls?.rejectUnauthorized === false) this.#warnOfCertificates(server);
          const clientId = this.#clientIds.of(options.clientId);
          const hadSession = this.#context.session.mayBeKept(clientId);
          const record = this.#records.of(server.name);
          record.attempted({
            username: options.username ?? server.username,
            password: options.password ?? server.password,
          });
          const given = { versions: this.#versions, context: this.#context };
          const announced = record.ignoresReceiveMaximum ? withoutReceiveMaximum(options) : options;
          return attempt({ server, options: announced, credentialSources, clientId, hadSession, ...given }).pipe(
            tap(({ connack }) => {
              record.connected();
              this.#clientIds.assign(connack.properties?.assignedClientIdentifier);
            }),
            map(connection => ({ connection, options, server })),
          );
        }),
      );
    });
  }

  #warnOfCertificates({ name }: Server): void {
    if (this.#warnedOfCertificates) return;
    this.#warnedOfCertificates = true;
    this.#context.warnings.warn({
      code: 'CERTIFICATE_NOT_CHECKED',
      message:
        `the certificate of ${name} is not checked ('tls.rejectUnauthorized' is false): whoever is in between reads and changes everything, ` +
        "passwords included. Give the certificate of the server or of its authority as 'tls.ca' instead",
      url: name,
    });
  }
}

function withoutReceiveMaximum(options: AttemptOptions): AttemptOptions {
  const { receiveMaximum: _, ...properties } = options.properties ?? {};
  return { ...options, properties };
}
