import { NEVER, Subject, map, merge, switchMap, take, throwError } from 'rxjs';
import { toBytes } from '../../client/payload.js';
import type { MqttError } from '../../errors.js';
import type { MqttMessage, Payload } from '../../message.js';
import type { ReconnectStrategy } from '../../options/options.js';
import type { Packet } from '../../packets.js';
import type { Connack } from '../../state.js';
import type { Link, Transport } from '../../transport/link.js';
import { Connection } from '../broker/connection.js';
import type { BrokerCore } from '../broker/peer.js';
import { Faults } from '../broker/faults.js';
import { messageOf } from '../broker/message.js';
import { settingsOf } from '../broker/options.js';
import { Retained, Routing } from '../broker/routing.js';
import { Sessions } from '../broker/sessions.js';
import { Wire, openWire } from '../broker/wire.js';
import type { MockScheduler } from './mock-scheduler.js';

/** ms. The delay that the state 'reconnecting' shows, although the mock reconnects only when the test says so. */
const DELAY = 1000;

/** The properties of a message besides topic and payload. */
export type Given = Partial<Pick<MqttMessage, 'qos' | 'retain' | 'dup' | 'packetId' | 'properties'>>;

/**
 * The broker of a mock. It accepts a connection when the test says so and grants every request, but routes no messages: the client receives
 * only those that the test emits.
 */
export class GrantingBroker {
  readonly #scheduler: MockScheduler;
  readonly #takesPublishes: boolean;
  readonly #accepted$ = new Subject<Connack['properties']>();
  readonly #lost$ = new Subject<MqttError>();
  #connection: Connection | undefined;
  readonly #filters = new Set<string>();
  /** The error with which the test ends a connection. */
  #loss: MqttError | undefined;
  #isFinal = false;
  /** The error with which the client ended its connection. */
  #violation: MqttError | undefined;

  /** @param takesPublishes - false: the link is always full, so that published messages stay in the queue of the client. */
  constructor(scheduler: MockScheduler, takesPublishes: boolean) {
    this.#scheduler = scheduler;
    this.#takesPublishes = takesPublishes;
  }

  readonly transport: Transport = () =>
    merge(
      this.#accepted$.pipe(
        take(1),
        switchMap(terms => this.#open(terms)),
      ),
      this.#lost$.pipe(
        map((error): never => {
          throw error;
        }),
      ),
    );

  /** Decides what happens after a lost connection: the client waits for the test, or closes. */
  readonly reconnect: ReconnectStrategy = ({ error, wait }) => {
    if (error !== this.#loss) this.#violation = error;
    if (this.#isFinal) return throwError(() => error);
    void wait(DELAY); // shows the delay in the state, but sets no timer
    return NEVER;
  };

  /** The filters granted on the last connection, in the order of the SUBSCRIBEs. */
  get filters(): readonly string[] {
    return [...this.#filters];
  }

  /** Accepts the waiting connection, with these properties of CONNACK. */
  accept(terms: Connack['properties']): void {
    this.#accepted$.next(terms);
  }

  /** Ends the connection, or the attempt to connect, with this error. */
  lose(error: MqttError): void {
    this.#loss = error;
    this.#lost$.next(error);
  }

  /** Does the same, after which the client closes. */
  loseForGood(error: MqttError): void {
    this.#isFinal = true;
    this.lose(error);
    this.#isFinal = false;
  }

  /** Stops answering on the connection, even a DISCONNECT. */
  fallSilent(): void {
    this.#connection?.halfOpen();
  }

  /** Sends a message to the client. Throws the error if the client ends its connection, because the message violates the protocol. */
  emit(topic: string, payload: Payload | undefined, given: Given): void {
    const { qos = 0, retain = false, dup, packetId, properties = {} } = given;
    const { subscriptionIdentifier = [] } = properties;
    const identifiers = typeof subscriptionIdentifier === 'number' ? [subscriptionIdentifier] : subscriptionIdentifier;
    const source = { payload: toBytes(payload), qos, retain, properties };
    const message = messageOf({ topic, ...source }, topic, undefined, this.#scheduler.now());
    this.#violation = undefined;
    this.#connection?.session?.outgoing.deliver(message, { qos, retain, identifiers, dup, packetId });
    if (this.#violation !== undefined) throw this.#violation as MqttError;
  }

  #open(terms: Connack['properties']) {
    // A clean session ends with its connection, so each connection has a broker of its own.
    this.#filters.clear();
    const core = this.#core(terms);
    const wire = new Wire(core.settings);
    this.#connection = new Connection(wire, core);
    return openWire(wire, core.settings).pipe(map(link => this.#linkOf(link)));
  }

  #linkOf({ localAddress: _, remoteAddress: __, ...link }: Link): Link {
    return {
      ...link,
      write: chunk => {
        link.write(chunk);
        return this.#takesPublishes;
      },
    };
  }

  #core(terms: Connack['properties']): BrokerCore {
    const scheduler = this.#scheduler;
    // A mock sets no timers, and keeps the client identifier 'mock'.
    const { serverKeepAlive: _, assignedClientIdentifier: __, ...connack } = terms ?? {};
    const routing = new Routing();
    return {
      settings: settingsOf({ scheduler, connack }),
      now: () => scheduler.now(),
      routing,
      retained: new Retained(() => scheduler.now()),
      faults: new Faults(),
      sessions: new Sessions(scheduler, routing, () => undefined),
      publish: () => true,
      observe: (_, direction, packet) => direction === 'received' && this.#note(packet),
    };
  }

  #note(packet: Packet): void {
    if (packet.cmd === 'subscribe') for (const { filter } of packet.subscriptions) this.#filters.add(filter);
    if (packet.cmd === 'unsubscribe') for (const filter of packet.filters) this.#filters.delete(filter);
  }
}
