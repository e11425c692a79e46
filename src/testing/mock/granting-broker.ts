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
import { Wire, opened } from '../broker/wire.js';
import type { MockScheduler } from './mock-scheduler.js';

/** ms that a lost connection says it waits. It waits for the test. */
const DELAY = 1000;

/** What a message may have beside topic and payload. */
export type Given = Partial<Pick<MqttMessage, 'qos' | 'retain' | 'dup' | 'packetId' | 'properties'>>;

/**
 * The broker of a mock: it opens a connection when the test says so, grants whatever the client asks for, and routes nothing: what
 * comes to the client is what the test emits.
 */
export class GrantingBroker {
  readonly #scheduler: MockScheduler;
  readonly #takesPublishes: boolean;
  readonly #accepted$ = new Subject<Connack['properties']>();
  readonly #lost$ = new Subject<MqttError>();
  #connection: Connection | undefined;
  readonly #filters = new Set<string>();
  /** Why the test breaks a connection. */
  #loss: MqttError | undefined;
  #isLast = false;
  /** Why the client broke its connection. */
  #violation: MqttError | undefined;

  /** @param takesPublishes - false: the link is always full, so that what is published stays in the client's queue. */
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

  /** What becomes of the client when a connection is lost: it waits for the test, or it is over. */
  readonly reconnect: ReconnectStrategy = ({ error, wait }) => {
    if (error !== this.#loss) this.#violation = error;
    if (this.#isLast) return throwError(() => error);
    void wait(DELAY); // announces the delay, and sets no timer
    return NEVER;
  };

  /** What it granted on its last connection, in the order of the SUBSCRIBEs. */
  get filters(): readonly string[] {
    return [...this.#filters];
  }

  /** Lets the client that waits for its connection in, on the terms of this CONNACK. */
  accept(terms: Connack['properties']): void {
    this.#accepted$.next(terms);
  }

  /** Breaks the connection, or the attempt to make one. */
  lose(error: MqttError): void {
    this.#loss = error;
    this.#lost$.next(error);
  }

  /** The same, and the client makes no further attempt. */
  loseForGood(error: MqttError): void {
    this.#isLast = true;
    this.lose(error);
    this.#isLast = false;
  }

  /** From now on the connection answers nothing, not even a DISCONNECT. */
  fallSilent(): void {
    this.#connection?.halfOpen();
  }

  /** Sends the client a message. Throws why the client ends its connection at it, as it does at what breaks the protocol. */
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
    // the session of a client that asks for a clean one ends with its connection: each connection has a broker of its own
    this.#filters.clear();
    const core = this.#core(terms);
    const wire = new Wire(core.settings);
    this.#connection = new Connection(wire, core);
    return opened(wire, core.settings).pipe(map(link => this.#linkOf(link)));
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
    // no timer, and no name that the client did not choose
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
