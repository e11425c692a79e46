import {
  BehaviorSubject,
  Observable,
  type ObservableInput,
  type Subscriber,
  asyncScheduler,
  concatMap,
  filter,
  noop,
  of,
  take,
  throwError,
} from 'rxjs';
import type { MqttClient } from '../../client/mqtt-client.js';
import { MqttError, type MqttErrorCode } from '../../errors.js';
import type { Packet, PublishPacket } from '../../packets.js';
import type { TraceError, TraceEvent, TracePacket, TraceState } from '../../trace/trace-event.js';
import type { Link } from '../../transport/link.js';
import { AliasTopics } from './alias-topics.js';
import { Comparison, type ComparisonConfig } from './comparison.js';
import type { Differences } from './differences.js';
import { recordedPacket } from './recorded-packet.js';
import type { ReplayOptions } from './replay-options.js';
import { ReplayedConnection, isNormalEnd } from './replayed-connection.js';
import { ReplayedSession } from './replayed-session.js';
import type { TraceCursor } from './trace-cursor.js';

/** What the client may do next: try to connect, wait for the trace, or close with an error. */
type Permission = 'connect' | 'wait' | MqttError;

export interface PlayerEvents {
  /** The trace cannot be read or played any further. */
  readonly failed: (error: unknown) => void;
  /** The trace is over, and the client will be closed. */
  readonly ended: () => void;
  /** The client is closed. */
  readonly closed: () => void;
}

/** Plays the broker's half of a trace, at its times. Lives with the replay. */
export class Player {
  readonly #cursor: TraceCursor;
  readonly #payloadOf: ReplayOptions['payload'];
  readonly #config: ComparisonConfig;
  readonly #session = new ReplayedSession(packet => this.#connection?.send(packet));
  readonly #permission$ = new BehaviorSubject<Permission>('wait');
  #client: MqttClient | undefined;
  /** The client, which waits until its link is opened in the trace. */
  #attempt: Subscriber<Link> | undefined;
  #connection: ReplayedConnection | undefined;
  #comparison: Comparison | undefined;
  /** The topic aliases of the connection in the trace. */
  #sentTopics = new AliasTopics();
  #receivedTopics = new AliasTopics();

  constructor(cursor: TraceCursor, differences: Differences, options: ReplayOptions) {
    const { lenient = false, tolerance = 1000, payload } = options;
    this.#cursor = cursor;
    this.#payloadOf = payload;
    this.#config = { differences, isLenient: lenient, tolerance, actualId: this.#session.exchanges.actualId };
  }

  readonly transport = (): Observable<Link> =>
    new Observable(subscriber => {
      this.#attempt = subscriber;
      subscriber.add(() => {
        if (this.#attempt === subscriber) this.#attempt = undefined;
      });
      this.#openLink();
    });

  /** Is the reconnect strategy of the client: it tries when the client of the trace did. */
  readonly reconnect = (): ObservableInput<void> =>
    this.#permission$.pipe(
      filter(permission => permission !== 'wait'),
      take(1),
      concatMap(permission => (permission === 'connect' ? of(undefined) : throwError(() => permission))),
    );

  /** Plays the trace to a client. */
  play(client: MqttClient, isJoined: boolean, events: PlayerEvents): void {
    this.#client = client;
    if (isJoined) this.#begin(true);
    const step = () => {
      const next = this.#playDue(events);
      // What the client sends in the last ms is compared, too.
      if (next === undefined) asyncScheduler.schedule(() => this.#end(client, events), 1);
      else asyncScheduler.schedule(step, next.at - this.#session.now);
    };
    // After the pipeline has begun.
    asyncScheduler.schedule(step, 0);
  }

  /** Plays what is due, and returns the next event; undefined at the end of the trace, or of what can be read of it. */
  #playDue({ failed }: PlayerEvents): TraceEvent | undefined {
    try {
      for (let { next } = this.#cursor; next !== undefined; { next } = this.#cursor) {
        if (next.at > this.#session.now) return next;
        this.#playEvent(this.#cursor.take()!);
      }
    } catch (error) {
      failed(error);
    }
    return undefined;
  }

  #playEvent(event: TraceEvent): void {
    if (event.type === 'state') this.#playState(event);
    else if (event.type === 'packet' && event.direction === 'sent') this.#playSent(event);
    else if (event.type === 'packet') this.#playReceived(event);
  }

  #playState({ status, error }: TraceState): void {
    switch (status) {
      case 'connecting':
        this.#permission$.next('connect');
        this.#endConnection(undefined);
        return this.#connect();
      case 'reconnecting':
        this.#permission$.next('wait');
        return this.#endConnection(error && errorOf(error));
      case 'disconnecting':
        this.#client?.close();
        return;
      case 'closed': {
        const cause = error && errorOf(error);
        this.#permission$.next(cause ?? 'wait');
        return this.#endConnection(cause);
      }
      default:
    }
  }

  #playSent(event: TracePacket): void {
    const recorded = recordedPacket(event, this.#payloadOf);
    const { packet } = recorded;
    if (packet.cmd === 'connect') this.#begin(false);
    if (packet.cmd === 'pingreq' || packet.cmd === 'auth') return;
    if (packet.cmd === 'disconnect' && isNormalEnd(packet)) return;
    const sent = packet.cmd === 'publish' ? { ...recorded, packet: this.#sentTopics.resolve(packet) } : recorded;
    const isRequest =
      sent.packet.cmd === 'publish' || sent.packet.cmd === 'subscribe' || sent.packet.cmd === 'unsubscribe';
    const join = isRequest ? this.#session.exchanges.begin(sent) : noop;
    const { isPayloadUnknown } = sent;
    this.#comparison?.addRecorded({
      packet: sent.packet,
      frame: event.at,
      isPayloadUnknown,
      onMatch: actual => join(actual.packet),
    });
  }

  #playReceived(event: TracePacket): void {
    const recorded = recordedPacket(event, this.#payloadOf);
    const { packet } = recorded;
    const { exchanges } = this.#session;
    switch (packet.cmd) {
      case 'puback':
      case 'pubrec':
      case 'pubcomp':
      case 'suback':
      case 'unsuback':
        return exchanges.answer(packet);
      case 'publish':
        return this.#deliver(this.#receivedTopics.resolve(exchanges.toReplay(recorded)));
      case 'pingresp':
      case 'auth':
        return;
      default:
        return this.#deliver(packet);
    }
  }

  #deliver(packet: Packet | PublishPacket): void {
    this.#connection?.deliver(packet);
  }

  /** Begins a connection of the trace. A CONNECT without another state before it follows one that the broker refused. */
  #begin(isJoined: boolean): void {
    this.#connection?.end(undefined);
    this.#comparison = new Comparison(this.#config, this.#session.now);
    this.#connection = new ReplayedConnection(this.#session, this.#comparison, this.#config.tolerance, isJoined);
    this.#sentTopics = new AliasTopics();
    this.#receivedTopics = new AliasTopics();
    if (isJoined) this.#connection.deliver({ cmd: 'connack', sessionPresent: false, reasonCode: 0 });
    if (isJoined) this.#connect();
    this.#openLink();
  }

  #openLink(): void {
    const attempt = this.#attempt;
    if (attempt === undefined || this.#connection === undefined || this.#connection.wasOpened) return;
    this.#attempt = undefined;
    // Each connection of the trace allows one connection.
    this.#permission$.next('wait');
    this.#connection.open(attempt);
  }

  /** Ends the connection, or the attempt that waits for one. */
  #endConnection(error: MqttError | undefined): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#comparison = undefined;
    connection?.end(error);
    if (error !== undefined) this.#attempt?.error(error);
  }

  /** Lets the client connect, as in the trace, if it has not been asked to yet. */
  #connect(): void {
    if (this.#client?.connection.status === 'idle') this.#client.connect().subscribe({ error: noop });
  }

  #end(client: MqttClient, { ended, closed }: PlayerEvents): void {
    this.#connection?.end(undefined);
    ended();
    client.disconnect().subscribe({ error: closed, complete: closed });
  }
}

const errorOf = ({ code, message, reasonCode, phase, retryable }: TraceError): MqttError =>
  new MqttError(code as MqttErrorCode, message, { reasonCode, phase, retryable });
