import { Observable, catchError, defer, identity, of, retry, tap, throwError } from 'rxjs';
import { defaultTransports } from '#default-transport';
import { type ConnectionPhase, MqttError } from '../../errors.js';
import type { VersionAttempt, Versions } from '../../protocol/versions.js';
import type { Transport, TransportOptions } from '../../transport/link.js';
import {
  applyConnectHook,
  assertClientId,
  createConnectPacket,
  maximumPacketSizeOf,
} from '../connection/connect-packet.js';
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
  /** Whether the broker may still have the session of an earlier connection. */
  readonly hadSession: boolean;
  readonly versions: Versions;
  readonly context: ClientContext;
}

/**
 * Makes one attempt on one server: link and handshake, with older versions where the server refuses a version.
 *
 * Emits once, when connected. Completes after the client sent DISCONNECT. Errors with an MqttError when the attempt fails or the
 * connection is lost.
 */
export function attempt(config: AttemptConfig): Observable<Connected> {
  const { server, options, versions, context } = config;
  return defer(() => {
    const versionAttempt = versions.startAttempt(server.name, wantedVersion(options));
    const deadline = context.scheduler.now() + options.connectTimeout;
    let connected = false;
    return defer(() => connectAs(versionAttempt, deadline, config)).pipe(
      retry({ delay: (error: unknown) => (versionAttempt.fail(error) ? of(true) : throwError(() => error)) }),
      options.authentication === undefined
        ? identity
        : catchError((error: unknown) => throwError(() => toAuthenticationUnsupported(error))),
      tap({
        next: () => (connected = true),
        error: (error: unknown) => {
          if (!connected && isOutage(toMqttError(error))) context.session.isolation.markUnreachable();
        },
      }),
    );
  });
}

function connectAs(versionAttempt: VersionAttempt, deadline: number, config: AttemptConfig): Observable<Connected> {
  const { version } = versionAttempt;
  const { server, options, context, credentialSources: sources } = config;
  const { scheduler } = context;
  return new Observable(subscriber => {
    if (options.authentication !== undefined && version !== 5) throw authenticationUnsupported();
    const original = createConnectPacket(options, server, config.clientId, version, config.hadSession);
    const connect = applyConnectHook(original, options.onConnectPacket);
    assertClientId(connect);
    const offer = { connect, original, server, sources, method: options.authentication?.method };
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
      // with defer(), a transport that throws fails like one that errors
      defer(() =>
        transport({
          url: server.url,
          ...(server.zone === undefined ? {} : { zone: server.zone }),
          options: transportOptions(options, server),
          protocolVersion: version,
          ...(maximumPacketSize === Infinity ? {} : { maximumPacketSize }),
          scheduler,
          onPhase: current => (phase = current),
        }),
      ).subscribe({
        next: link => {
          opened = true;
          timeout.unsubscribe();
          const connackTimeout = deadline - scheduler.now();
          const accepts = () => versionAttempt.accept();
          const config = { connect, connackTimeout, url: server.name, options, context, accepts };
          const connection$ = connection(link, config).pipe(
            catchError((error: unknown) => throwError(() => explainRefusal(error, offer))),
          );
          // the subscriber gets all of the inner observable: the link lives as long as the connection
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

/** Returns the version to begin with: an authentication needs 5.0, so the client does not fall back to a version that has none. */
const wantedVersion = ({ protocolVersion, authentication }: AttemptOptions): AttemptOptions['protocolVersion'] =>
  protocolVersion === 'auto' && authentication !== undefined ? 5 : protocolVersion;

const toAuthenticationUnsupported = (error: unknown): unknown =>
  MqttError.is(error, 'UNSUPPORTED_PROTOCOL_VERSION') ? authenticationUnsupported(error) : error;

function authenticationUnsupported(cause?: MqttError): MqttError {
  const reason =
    cause === undefined ? "option 'protocolVersion' asks for an older one" : 'the broker does not support it';
  return new MqttError('NOT_SUPPORTED', `option 'authentication' needs MQTT 5.0; ${reason}`, {
    reasonCode: cause?.reasonCode,
    subject: 'authentication',
    cause,
  });
}

/** Returns the options that a transport may see: none of MQTT, and no credentials of the broker. */
function transportOptions({ tcp, tls, websocket, proxy }: AttemptOptions, server: Server): TransportOptions {
  const forServer = server.isForeign && !websocket?.redirectHeaders ? withoutHeaders(websocket) : websocket;
  return {
    ...(tcp && { tcp }),
    ...(tls && { tls }),
    ...(forServer && { websocket: forServer }),
    ...(proxy && { proxy }),
  };
}

/** Removes the headers, which often hold credentials: they are only for the host that the user named. */
function withoutHeaders(websocket: TransportOptions['websocket']): TransportOptions['websocket'] {
  const { headers: _, ...rest } = websocket ?? {};
  return websocket && rest;
}

function transportFor(server: Server, options: AttemptOptions): Transport {
  const transport = options.transport ?? defaultTransports[server.url.protocol];
  if (transport === undefined) throw noTransport(server.url.protocol);
  return transport;
}

const timeoutHints: Partial<Record<ConnectionPhase, string>> = {
  tls: ': the host answers, but does that port speak TLS?',
  websocket: ': the host answers, but does that port speak WebSocket?',
};

function linkTimeout(ms: number, phase: ConnectionPhase): MqttError {
  const hint = timeoutHints[phase] ?? '';
  return new MqttError('CONNECT_TIMEOUT', `no connection within ${ms} ms; it stopped in the phase '${phase}'${hint}`, {
    phase,
    retryable: true,
  });
}
