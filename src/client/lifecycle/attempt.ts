import { type Observer, Subscription, type Unsubscribable } from 'rxjs';
import { type ConnectionPhase, MqttError } from '../../errors.js';
import type { ConnectPacket } from '../../packets.js';
import type { VersionAttempt } from '../../protocol/versions.js';
import type { Link, Transport } from '../../transport/link.js';
import type { Connected } from '../connection/accepted-connection.js';
import { applyConnectHook, assertClientId, createConnectPacket } from '../connection/connect-packet.js';
import { Connection } from '../connection/connection.js';
import type { ConnectionConfig } from '../connection/connection-config.js';
import { isOutage, toMqttError } from '../connection/connection-errors.js';
import type { ClientContext } from '../client-context.js';
import type { AttemptOptions } from '../options/resolve-options.js';
import type { Server } from '../options/server.js';
import { type LinkAttempt, createTarget, linkTimeout, transportFor } from './link-target.js';
import { type OptionLayers, explainRefusal } from './servers/refused-credentials.js';

export interface AttemptConfig {
  readonly server: Server;
  readonly options: AttemptOptions;
  /** What the options are made of. */
  readonly layers: OptionLayers;
  readonly clientId: string;
  /** Whether the broker may still have the session of an earlier connection. */
  readonly hadSession: boolean;
  readonly versionAttempt: VersionAttempt;
  /** Attempts that have failed since the server has last accepted a connection. */
  readonly failures: number;
}

export interface AttemptOwner {
  readonly context: ClientContext;
  /** Called when the broker has accepted, before the attempt emits. */
  onConnected(connection: EstablishedConnection): void;
}

/** A connection, with its server and the options it was made with. */
export interface EstablishedConnection {
  readonly connection: Connected;
  readonly connect: ConnectPacket;
  readonly options: AttemptOptions;
  readonly server: Server;
}

/**
 * Makes one attempt on one server: link and handshake, with older versions where the server refuses a version. It observes the transport,
 * and is the configuration of the connection over its link.
 *
 * Emits once, when connected. Completes after the client sent DISCONNECT. Errors with an MqttError when the attempt fails or the
 * connection is lost. Emits nothing once it is unsubscribed.
 */
export class Attempt implements EstablishedConnection, LinkAttempt, ConnectionConfig, Observer<Link>, Unsubscribable {
  readonly server: Server;
  readonly options: AttemptOptions;
  readonly context: ClientContext;
  connect!: ConnectPacket;
  phase: ConnectionPhase = 'tcp';

  readonly #owner: AttemptOwner;
  /** Undefined once the broker has accepted: from then on only the connection can fail. */
  #config: AttemptConfig | undefined;
  readonly #observer: Observer<EstablishedConnection>;
  /** The time in ms until which the attempt must have succeeded. */
  readonly #deadline: number;
  #timeout = Subscription.EMPTY;
  #link = Subscription.EMPTY;
  #connection: Connection | undefined;
  #isOpening = false;
  #mustOpen = false;
  #isClosed = false;

  constructor(owner: AttemptOwner, config: AttemptConfig, observer: Observer<EstablishedConnection>) {
    this.server = config.server;
    this.options = config.options;
    this.context = owner.context;
    this.#owner = owner;
    this.#config = config;
    this.#observer = observer;
    this.#deadline = this.context.scheduler.now() + this.options.connectTimeout;
  }

  get connection(): Connected {
    return this.#connection!;
  }

  get url(): string {
    return this.server.name;
  }

  get connackTimeout(): number {
    return this.#deadline - this.context.scheduler.now();
  }

  /** Opens a link, and another one for each older version. Refusals that come synchronously do not deepen the stack. */
  open(): void {
    this.#mustOpen = true;
    if (this.#isOpening) return;
    this.#isOpening = true;
    while (this.#mustOpen && !this.#isClosed) {
      this.#mustOpen = false;
      this.#closeLink();
      this.#connection = undefined;
      this.#openLink();
    }
    this.#isOpening = false;
    if (this.#isClosed) this.#link.unsubscribe();
  }

  #openLink(): void {
    this.phase = 'tcp';
    let transport: Transport;
    try {
      this.connect = createConnect(this.#config!);
      transport = transportFor(this);
    } catch (error) {
      return this.#fail(error);
    }
    this.#timeout = this.context.scheduler.schedule(giveUp, this.connackTimeout, this);
    try {
      this.#link = transport(createTarget(this, this.#config!.failures)).subscribe(this);
    } catch (error) {
      this.error(error); // a transport that throws fails like one that errors
    }
  }

  #closeLink(): void {
    this.#timeout.unsubscribe();
    this.#connection?.drop();
    this.#link.unsubscribe();
  }

  giveUp(): void {
    this.#fail(linkTimeout(this.options.connectTimeout, this.phase));
  }

  /** Connects over the link, which lives as long as the connection. */
  next(link: Link): void {
    this.#timeout.unsubscribe();
    this.#timeout = Subscription.EMPTY;
    if (this.#isClosed || this.#connection !== undefined) return;
    try {
      this.#connection = new Connection(link, this);
      this.#connection.start();
    } catch (error) {
      this.error(error); // a link that throws fails like one that errors
    }
  }

  /** Fails as the transport does. */
  error(error: unknown): void {
    this.#fail(toMqttError(error));
  }

  /** A transport may complete after the link. */
  complete(): void {
    if (this.#connection === undefined) this.error('the transport completed without a link');
  }

  accepts(): boolean {
    return this.#config!.versionAttempt.accept();
  }

  onConnected(): void {
    this.#config = undefined;
    this.#owner.onConnected(this);
    this.#observer.next(this);
  }

  onEnded(error: MqttError | undefined): void {
    if (error !== undefined) return this.#fail(error);
    if (this.#isClosed) return;
    this.#observer.complete();
    this.unsubscribe();
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    if (this.#config?.versionAttempt.fail(error)) return this.open();
    if (this.#config !== undefined && isOutage(toMqttError(error))) this.context.session.isolation.markUnreachable();
    this.#observer.error(this.#explain(error));
    this.unsubscribe();
  }

  #explain(error: unknown): unknown {
    if (this.#config === undefined || !MqttError.is(error)) return error;
    const { authentication } = this.options;
    const isTooOld = error.code === 'UNSUPPORTED_PROTOCOL_VERSION' && authentication !== undefined;
    return isTooOld ? authenticationUnsupported(error) : explainRefusal(error, this, this.#config.layers);
  }

  unsubscribe(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeLink();
  }
}

const giveUp = (attempt?: Attempt): void => attempt!.giveUp();

/** Returns the CONNECT for the version that is to be tried. */
function createConnect({
  server,
  options,
  clientId,
  hadSession,
  versionAttempt: { version },
}: AttemptConfig): ConnectPacket {
  if (options.authentication !== undefined && version !== 5) throw authenticationUnsupported();
  const packet = createConnectPacket(options, server, clientId, version, hadSession);
  const connect = applyConnectHook(packet, options.onConnectPacket);
  assertClientId(connect);
  return connect;
}

function authenticationUnsupported(cause?: MqttError): MqttError {
  const reason =
    cause === undefined ? "option 'protocolVersion' asks for an older one" : 'the broker does not support it';
  return new MqttError('NOT_SUPPORTED', `option 'authentication' needs MQTT 5.0; ${reason}`, {
    reasonCode: cause?.reasonCode,
    subject: 'authentication',
    cause,
  });
}
