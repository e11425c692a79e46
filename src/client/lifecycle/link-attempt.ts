import { Observable, type Observer, type Subscriber, Subscription, defer } from 'rxjs';
import { defaultTransports } from '#default-transport';
import { type ConnectionPhase, MqttError } from '../../errors.js';
import type { ConnectPacket, ProtocolVersion } from '../../packets.js';
import type { VersionAttempt } from '../../protocol/versions.js';
import type { Link, Transport, TransportOptions, TransportTarget } from '../../transport/link.js';
import type { Connected } from '../connection/accepted-connection.js';
import {
  applyConnectHook,
  assertClientId,
  createConnectPacket,
  maximumPacketSizeOf,
} from '../connection/connect-packet.js';
import type { ConnectionConfig } from '../connection/connection-config.js';
import { connection } from '../connection/connection.js';
import { toMqttError } from '../connection/connection-errors.js';
import type { ClientContext } from '../client-context.js';
import type { AttemptOptions } from '../options/resolve-options.js';
import { type Server, noTransport } from '../options/server.js';
import { type Offer, type OptionLayers, explainRefusal } from './servers/refused-credentials.js';

export interface LinkConfig {
  readonly server: Server;
  readonly options: AttemptOptions;
  /** What the options are made of. */
  readonly layers?: OptionLayers;
  readonly clientId: string;
  /** Whether the broker may still have the session of an earlier connection. */
  readonly hadSession: boolean;
  readonly context: ClientContext;
}

/** Opens a link and connects over it with one version. */
export const connectAs = (
  versionAttempt: VersionAttempt,
  deadline: number,
  config: LinkConfig,
): Observable<Connected> =>
  new Observable(subscriber => {
    new LinkAttempt(versionAttempt, deadline, config, subscriber).open();
  });

/** Observes the transport, and is the configuration of the connection over its link. */
class LinkAttempt implements Observer<Link>, ConnectionConfig {
  readonly #versionAttempt: VersionAttempt;
  readonly #deadline: number;
  readonly #server: Server;
  readonly #offer: Offer;
  readonly #subscriber: Subscriber<Connected>;
  #timeout = Subscription.EMPTY;
  #phase: ConnectionPhase = 'tcp';
  #isOpen = false;

  readonly options: AttemptOptions;
  readonly context: ClientContext;

  constructor(versionAttempt: VersionAttempt, deadline: number, config: LinkConfig, subscriber: Subscriber<Connected>) {
    this.#versionAttempt = versionAttempt;
    this.#deadline = deadline;
    this.#server = config.server;
    this.#offer = createOffer(versionAttempt.version, config);
    this.#subscriber = subscriber;
    this.options = config.options;
    this.context = config.context;
  }

  get connect(): ConnectPacket {
    return this.#offer.connect;
  }

  get url(): string {
    return this.#server.name;
  }

  get connackTimeout(): number {
    return this.#deadline - this.context.scheduler.now();
  }

  accepts(): boolean {
    return this.#versionAttempt.accept();
  }

  explain(error: MqttError): MqttError {
    return explainRefusal(error, this.#offer);
  }

  open(): void {
    const { scheduler } = this.context;
    const { connectTimeout } = this.options;
    const transport = transportFor(this.#server, this.options);
    this.#timeout = scheduler.schedule(
      () => this.#subscriber.error(linkTimeout(connectTimeout, this.#phase)),
      this.#deadline - scheduler.now(),
    );
    this.#subscriber.add(this.#timeout);
    // with defer(), a transport that throws fails like one that errors
    this.#subscriber.add(defer(() => transport(this.#target)).subscribe(this));
  }

  get #target(): TransportTarget {
    const maximumPacketSize = maximumPacketSizeOf(this.options, this.connect);
    const { url, zone } = this.#server;
    return {
      url,
      ...(zone === undefined ? {} : { zone }),
      options: transportOptions(this.options, this.#server),
      protocolVersion: this.#versionAttempt.version,
      ...(maximumPacketSize === Infinity ? {} : { maximumPacketSize }),
      scheduler: this.context.scheduler,
      onPhase: phase => (this.#phase = phase),
    };
  }

  /** Connects over the link. The subscriber gets all of that: the link lives as long as the connection. */
  next(link: Link): void {
    this.#isOpen = true;
    this.#timeout.unsubscribe();
    connection(link, this).subscribe(this.#subscriber);
  }

  error(error: unknown): void {
    this.#subscriber.error(toMqttError(error));
  }

  complete(): void {
    if (!this.#isOpen) this.error('the transport completed without a link');
  }
}

/** Returns the CONNECT of an attempt, and what explains that a broker refuses it. */
function createOffer(version: ProtocolVersion, config: LinkConfig): Offer {
  const { server, options, clientId, hadSession, layers } = config;
  if (options.authentication !== undefined && version !== 5) throw authenticationUnsupported();
  const original = createConnectPacket(options, server, clientId, version, hadSession);
  const connect = applyConnectHook(original, options.onConnectPacket);
  assertClientId(connect);
  return { connect, original, server, layers, method: options.authentication?.method };
}

export function authenticationUnsupported(cause?: MqttError): MqttError {
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
