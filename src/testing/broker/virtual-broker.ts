import { Observable, Subject, throwError } from 'rxjs';
import { toBytes } from '../../client/payload.js';
import { MqttError } from '../../errors.js';
import type { Payload, PublishProperties, QoS } from '../../message.js';
import type { Packet } from '../../packets.js';
import { assertTopicName } from '../../protocol/topics/validate.js';
import type { Transport } from '../../transport/link.js';
import { misuse, quoteAll } from '../marbles/failure.js';
import { Connection } from './connection.js';
import type { BrokerCore } from './peer.js';
import { type Fault, Faults } from './faults.js';
import { messageOf } from './message.js';
import { type VirtualBrokerOptions, settingsOf } from './options.js';
import { Retained, Routing } from './routing.js';
import type { BrokerSession } from './session.js';
import { Sessions } from './sessions.js';
import { Wire, openWire } from './wire.js';

/** A packet that the broker received or sent. */
export interface BrokerPacketEvent {
  /** Undefined until CONNECT is accepted. */
  readonly clientId: string | undefined;
  readonly direction: 'received' | 'sent';
  readonly packet: Readonly<Packet>;
  /** ms on the clock of the scheduler of the broker. */
  readonly timestamp: number;
}

/** A session of a virtual broker. */
export interface BrokerSessionView {
  readonly clientId: string;
  readonly connected: boolean;
  readonly filters: readonly string[];
  /** The number of messages to the client that wait to be sent. */
  readonly queued: number;
  /** The number of messages to the client that are sent and not acknowledged. */
  readonly inFlight: number;
}

/** A broker in memory that follows the specification, and fails where your test asks for it. */
export interface VirtualBroker {
  /** The transport to this broker, for the option `transport` of any number of clients. */
  readonly transport: Transport;
  /** Emits each packet that the broker receives or sends. Never errors or completes. */
  readonly packet$: Observable<BrokerPacketEvent>;
  /** The sessions of connected clients, and those that outlive their connection. */
  readonly sessions: readonly BrokerSessionView[];
  /** The payloads of retained messages by topic. */
  readonly retained: ReadonlyMap<string, Uint8Array>;
  /** Publishes a message from the broker itself. */
  publish(
    topic: string,
    payload?: Payload,
    options?: { qos?: QoS; retain?: boolean; properties?: PublishProperties },
  ): void;
  /** Adds a fault, which can occur from now on. */
  inject(fault: Fault): void;
  /** Breaks the link of one client, or of all. */
  cut(clientId?: string): void;
  /** Stops the link of one client, or of all: nothing arrives any more, and neither side notices. */
  halfOpen(clientId?: string): void;
  /** Ends the connection of one client, or of all; in 5.0 with a DISCONNECT with this reason code. */
  disconnect(reasonCode: number, clientId?: string): void;
  /** Ends the connection of a client as if another one with its client identifier had connected (0x8e). */
  takeOver(clientId: string): void;
  /** Breaks all links and forgets all sessions, as a broker without persistence does when it restarts. Retained messages stay. */
  restart(): void;
}

/**
 * Creates a broker in memory, on virtual time or on the real clock. It supports all three versions of MQTT, every QoS in both directions,
 * sessions, retained messages, wills, shared subscriptions and the properties of 5.0, but not AUTH and $SYS topics.
 *
 * @throws MqttError `INVALID_ARGUMENT` for an invalid option or fault.
 */
export function virtualBroker(options: VirtualBrokerOptions = {}): VirtualBroker {
  return new Broker(options);
}

class Broker implements VirtualBroker {
  readonly #connections = new Set<Connection>();
  readonly #packet$ = new Subject<BrokerPacketEvent>();
  readonly #core: BrokerCore;

  readonly packet$: Observable<BrokerPacketEvent> = this.#packet$.asObservable();

  constructor(options: VirtualBrokerOptions) {
    const settings = settingsOf(options);
    const now = () => settings.scheduler.now();
    const routing = new Routing();
    const retained = new Retained(now);
    const core: BrokerCore = {
      settings,
      now,
      routing,
      retained,
      faults: new Faults(),
      sessions: new Sessions(settings.scheduler, routing, message => void core.publish(message)),
      publish: message => {
        if (message.retain) retained.keep(message);
        return routing.route(message);
      },
      observe: (clientId, direction, packet) => {
        if (this.#packet$.observed) this.#packet$.next({ clientId, direction, packet, timestamp: now() });
      },
    };
    this.#core = core;
    for (const fault of settings.faults) core.faults.add(fault);
  }

  readonly transport: Transport = () => {
    const { settings, faults } = this.#core;
    return new Observable(subscriber => {
      if (faults.takeUnreachable()) return throwError(unreachable).subscribe(subscriber);
      const wire = new Wire(settings);
      const connection = new Connection(wire, this.#core);
      this.#connections.add(connection);
      subscriber.add(() => this.#connections.delete(connection));
      return openWire(wire, settings).subscribe(subscriber);
    });
  };

  get sessions(): readonly BrokerSessionView[] {
    const connected = new Set([...this.#connections].map(({ session }) => session?.connection && session));
    return this.#core.sessions.all.map(session => this.#viewOf(session, connected.has(session)));
  }

  #viewOf({ clientId, subscriptions, outgoing }: BrokerSession, connected: boolean): BrokerSessionView {
    return {
      clientId,
      connected,
      filters: [...subscriptions.keys()],
      queued: outgoing.queued,
      inFlight: outgoing.inFlight,
    };
  }

  get retained(): ReadonlyMap<string, Uint8Array> {
    return this.#core.retained.all;
  }

  publish(
    topic: string,
    payload?: Payload,
    options: { qos?: QoS; retain?: boolean; properties?: PublishProperties } = {},
  ): void {
    assertTopicName(topic);
    const { qos = 0, retain = false, properties } = options;
    const message = { topic, payload: toBytes(payload), qos, retain, properties };
    this.#core.publish(messageOf(message, topic, undefined, this.#core.now()));
  }

  inject(fault: Fault): void {
    this.#core.faults.add(fault);
  }

  cut(clientId?: string): void {
    for (const connection of this.#of(clientId)) connection.cut();
  }

  halfOpen(clientId?: string): void {
    for (const connection of this.#of(clientId)) connection.halfOpen();
  }

  disconnect(reasonCode: number, clientId?: string): void {
    for (const connection of this.#of(clientId)) connection.disconnect(reasonCode);
  }

  takeOver(clientId: string): void {
    for (const connection of this.#of(clientId)) connection.takeOver();
  }

  restart(): void {
    this.cut();
    this.#core.sessions.forget();
  }

  #of(clientId: string | undefined): Connection[] {
    const found = [...this.#connections].filter(
      ({ session }) => session?.connection !== undefined && (clientId === undefined || session.clientId === clientId),
    );
    if (found.length > 0 || clientId === undefined) return found;
    const known = this.sessions.filter(({ connected }) => connected).map(one => one.clientId);
    throw misuse(`the virtual broker has no connection of '${clientId}'; connected are ${quoteAll(known)}`);
  }
}

const unreachable = () =>
  new MqttError('CONNECTION_FAILED', 'the virtual broker cannot be reached', { phase: 'tcp', retryable: true });
