import { Observable, catchError, defer, identity, of, retry, tap, throwError } from 'rxjs';
import { defaultTransports } from '#default-transport';
import { type ConnectionPhase, MqttError } from '../../errors.js';
import type { VersionAttempt, Versions } from '../../protocol/versions.js';
import type { Transport, TransportOptions } from '../../transport/link.js';
import { applyConnectHook, assertClientId, connectPacket, maximumPacketSizeOf } from '../connection/connect-packet.js';
import type { Connected } from '../connection/accepted-connection.js';
import { connection } from '../connection/connection.js';
import { isOutage, toMqttError } from '../connection/connection-errors.js';
import type { ClientContext } from '../client-context.js';
import type { AttemptOptions } from '../options/resolve-options.js';
import { type CredentialSources, explainRefusal } from './refused-credentials.js';
import { type Server, noTransport } from '../options/server.js';

export interface AttemptConfig {
  readonly server: Server;
  readonly options: AttemptOptions;
  readonly credentialSources?: CredentialSources;
  readonly clientId: string;
  /** The broker may still hold the session of an earlier connection. */
  readonly hadSession: boolean;
  readonly versions: Versions;
  readonly context: ClientContext;
}

/**
 * One attempt on one server: link and handshake, with older versions where the server refuses a version.
 *
 * Emits once, when connected. Completes after a DISCONNECT of ours; errors with an MqttError when it fails or the connection is lost.
 */
export function attempt(config: AttemptConfig): Observable<Connected> {
  const { server, options, versions, context } = config;
  return defer(() => {
    const ladder = versions.startAttempt(server.name, wanted(options));
    const deadline = context.scheduler.now() + options.connectTimeout;
    let connected = false;
    return defer(() => connectAs(ladder, deadline, config)).pipe(
      retry({ delay: (error: unknown) => (ladder.fail(error) ? of(true) : throwError(() => error)) }),
      options.authentication === undefined
        ? identity
        : catchError((error: unknown) => throwError(() => without5(error))),
      tap({
        next: () => (connected = true),
        error: (error: unknown) => {
          if (!connected && isOutage(toMqttError(error))) context.session.isolation.markUnreachable();
        },
      }),
    );
  });
}

function connectAs(ladder: VersionAttempt, deadline: number, config: AttemptConfig): Observable<Connected> {
  const { version } = ladder;
  const { server, options, context, credentialSources: sources } = config;
  const { scheduler } = context;
  return new Observable(subscriber => {
    if (options.authentication !== undefined && version !== 5) throw noAuthentication();
    const asked = connectPacket(options, server, config.clientId, version, config.hadSession);
    const connect = applyConnectHook(asked, options.onConnectPacket);
    assertClientId(connect);
    const offer = { connect, asked, server, sources, method: options.authentication?.method };
    const maximumPacketSize = maximumPacketSizeOf(options, connect);
    const transport = transportFor(server, options);
    let phase: ConnectionPhase = 'tcp';
    let opened = false;
    const timeout = scheduler.schedule(
      () => subscriber.error(linkTimeout(options.connectTimeout, phase)),
      deadline - scheduler.now(),
    );
    subscriber.add(timeout);
    subscriber.add(
      // deferred: a transport that throws has failed like one that errors
      defer(() =>
        transport({
          url: server.url,
          ...(server.zone === undefined ? {} : { zone: server.zone }),
          options: transportOptions(options, server),
          protocolVersion: version,
          ...(maximumPacketSize === Infinity ? {} : { maximumPacketSize }),
          scheduler,
          onPhase: entered => (phase = entered),
        }),
      ).subscribe({
        next: link => {
          opened = true;
          timeout.unsubscribe();
          const connackTimeout = deadline - scheduler.now();
          const accepts = () => ladder.accept();
          const config = { connect, connackTimeout, url: server.name, options, context: context, accepts };
          const connection$ = connection(link, config).pipe(
            catchError((error: unknown) => throwError(() => explainRefusal(error, offer))),
          );
          // passed on whole: the link lives as long as the connection, and ends with it
          // eslint-disable-next-line rxjs-x/no-nested-subscribe
          connection$.subscribe(subscriber);
        },
        error: (error: unknown) => subscriber.error(toMqttError(error)),
        complete: () => {
          if (!opened) subscriber.error(toMqttError('the transport completed without a link'));
        },
      }),
    );
  });
}

/** Who asks for an authentication is not connected without one, by a version that has none. */
const wanted = ({ protocolVersion, authentication }: AttemptOptions): AttemptOptions['protocolVersion'] =>
  protocolVersion === 'auto' && authentication !== undefined ? 5 : protocolVersion;

const without5 = (error: unknown): unknown =>
  MqttError.is(error, 'UNSUPPORTED_PROTOCOL_VERSION') ? noAuthentication(error) : error;

function noAuthentication(cause?: MqttError): MqttError {
  const who =
    cause === undefined ? "the option 'protocolVersion' asks for an older one" : 'the broker does not speak it';
  return new MqttError('NOT_SUPPORTED', `the option 'authentication' needs MQTT 5.0; ${who}`, {
    reasonCode: cause?.reasonCode,
    subject: 'authentication',
    cause,
  });
}

/** What of the options a transport may see: nothing that belongs to MQTT, no credentials of the broker. */
function transportOptions({ tcp, tls, websocket, proxy }: AttemptOptions, server: Server): TransportOptions {
  const forServer = server.isForeign && !websocket?.redirectHeaders ? withoutHeaders(websocket) : websocket;
  return {
    ...(tcp && { tcp }),
    ...(tls && { tls }),
    ...(forServer && { websocket: forServer }),
    ...(proxy && { proxy }),
  };
}

/** Headers, often credentials, are for the host that the user named. */
function withoutHeaders(websocket: TransportOptions['websocket']): TransportOptions['websocket'] {
  const { headers: _, ...rest } = websocket ?? {};
  return websocket && rest;
}

function transportFor(server: Server, options: AttemptOptions): Transport {
  const transport = options.transport ?? defaultTransports[server.url.protocol];
  if (transport === undefined) throw noTransport(server.url.protocol);
  return transport;
}

const silenceHints: Partial<Record<ConnectionPhase, string>> = {
  tls: ': the host is there, but does that port speak TLS?',
  websocket: ': the host is there, but does that port speak WebSocket?',
};

function linkTimeout(ms: number, phase: ConnectionPhase): MqttError {
  const hint = silenceHints[phase] ?? '';
  return new MqttError('CONNECT_TIMEOUT', `no connection within ${ms} ms; it stopped in the phase '${phase}'${hint}`, {
    phase,
    retryable: true,
  });
}
