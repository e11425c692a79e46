import { Observable, Subscription, defer } from 'rxjs';
import { defaultTransports } from '#default-transport';
import { type ConnectionPhase, MqttError } from '../../errors.js';
import type { ProtocolVersion } from '../../packets.js';
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
import { type CredentialSources, type Offer, explainRefusal } from './refused-credentials.js';
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
export function attempt(config: AttemptConfig): Observable<EstablishedConnection> {
  const { server, options, versions, context } = config;
  return new Observable(subscriber => {
    const versionAttempt = versions.startAttempt(server.name, wantedVersion(options));
    const deadline = context.scheduler.now() + options.connectTimeout;
    let isConnected = false;
    let connecting = Subscription.EMPTY;
    subscriber.add(() => connecting.unsubscribe());
    const connect = (): void => {
      connecting.unsubscribe();
      connecting = connectAs(versionAttempt, deadline, config).subscribe({
        next: connected => {
          isConnected = true;
          subscriber.next(config.onConnected(connected));
        },
        error: (error: unknown) => {
          if (versionAttempt.fail(error)) return connect();
          if (!isConnected && isOutage(toMqttError(error))) context.session.isolation.markUnreachable();
          subscriber.error(options.authentication === undefined ? error : toAuthenticationUnsupported(error));
        },
        complete: () => subscriber.complete(),
      });
      if (subscriber.closed) connecting.unsubscribe();
    };
    connect();
  });
}

/** Opens a link and connects over it with one version. */
function connectAs(versionAttempt: VersionAttempt, deadline: number, config: AttemptConfig): Observable<Connected> {
  const { version } = versionAttempt;
  const { server, options, context } = config;
  const { scheduler } = context;
  return new Observable(subscriber => {
    const offer = createOffer(version, config);
    const { connect } = offer;
    const maximumPacketSize = maximumPacketSizeOf(options, connect);
    const transport = transportFor(server, options);
    let phase: ConnectionPhase = 'tcp';
    let isOpen = false;
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
          isOpen = true;
          timeout.unsubscribe();
          // the subscriber gets all of the inner observable: the link lives as long as the connection
          const connection$ = connection(link, {
            connect,
            connackTimeout: deadline - scheduler.now(),
            url: server.name,
            options,
            context,
            accepts: () => versionAttempt.accept(),
            explain: error => explainRefusal(error, offer),
          });
          // eslint-disable-next-line rxjs-x/no-nested-subscribe
          connection$.subscribe(subscriber);
        },
        error: (error: unknown) => subscriber.error(toMqttError(error)),
        complete: () => {
          if (!isOpen) subscriber.error(toMqttError('the transport completed without a link'));
        },
      }),
    );
  });
}

/** Returns the CONNECT of an attempt, and what explains that a broker refuses it. */
function createOffer(version: ProtocolVersion, config: AttemptConfig): Offer {
  const { server, options, clientId, hadSession, credentialSources: sources } = config;
  if (options.authentication !== undefined && version !== 5) throw authenticationUnsupported();
  const original = createConnectPacket(options, server, clientId, version, hadSession);
  const connect = applyConnectHook(original, options.onConnectPacket);
  assertClientId(connect);
  return { connect, original, server, sources, method: options.authentication?.method };
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
