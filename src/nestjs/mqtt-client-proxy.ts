import { Logger } from '@nestjs/common';
import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import {
  Observable,
  ReplaySubject,
  concatMap,
  connectable,
  defer,
  filter,
  firstValueFrom,
  identity,
  map,
  mergeMap,
  takeWhile,
  throwError,
  timeout,
} from 'rxjs';
import { type Connack, MqttError, type MqttClient, type PublishResult } from '../index.js';
import { quoted } from '../quoted.js';
import { ClientHandle, type MqttEvents, type MqttStatus } from './client-handle.js';
import type { MqttClientProxyOptions } from './options.js';
import { type Outgoing, readPayload, write, writeBy, writeEnvelope } from './payloads.js';
import { codecInEnvelope, codecNeeds5, noReply, notConnected } from './proxy-errors.js';
import { publishOptions, readReply } from './replies.js';

/** How long a topic of replies stays subscribed after the last request, in ms. */
const REPLY_LINGER = 60_000;

/**
 * Sends requests and events by MQTT: `send()` and `emit()`.
 *
 * A request is sent when you subscribe to what `send()` returns, which emits the replies and completes with the last one. It errors with
 * what the service threw, or with an `MqttError`: `NO_RESPONDER` (5.0), `REQUEST_TIMEOUT`, `CLIENT_CLOSED` and others. `emit()` publishes
 * immediately; what it returns emits the `PublishResult` when the broker has acknowledged the event. Both connect if need be.
 *
 * @example
 * ```ts
 * ClientsModule.register([{ name: 'MQTT', customClass: MqttClientProxy, options: { url: 'mqtt://localhost' } }])
 * ```
 */
export class MqttClientProxy extends ClientProxy<MqttEvents> {
  readonly #logger = new Logger(MqttClientProxy.name);
  readonly #options: MqttClientProxyOptions;
  readonly #handle: ClientHandle;

  constructor(options: MqttClientProxyOptions = {}) {
    super();
    if (options.codec !== undefined && options.convention === 'nest') throw codecInEnvelope();
    this.#options = options;
    this.#handle = new ClientHandle(options, this.#logger, this._status$);
  }

  /** Resolves with the CONNACK of the broker. Rejects if the client gives up. */
  connect(): Promise<Connack> {
    this.#handle.open();
    return firstValueFrom(this.client.connect());
  }

  /** Disconnects after what was published has settled, at most after `shutdownTimeout`. Requests that wait error with `CLIENT_CLOSED`. */
  close(): Promise<void> {
    return this.#handle.close(this.#options.shutdownTimeout ?? 10_000);
  }

  /**
   * Calls `callback` for each event of the client, also before `connect()`.
   *
   * @typeParam C - the type of the callback, which follows from the event.
   */
  override on<E extends keyof MqttEvents, C extends MqttEvents[E] = MqttEvents[E]>(event: E, callback: C): void {
    this.#handle.on(event, callback);
  }

  /** Emits the `status` of each state of the connection, the latest one first. Never errors or completes. */
  override get status(): Observable<MqttStatus> {
    return super.status as Observable<MqttStatus>;
  }

  /** Returns the {@link MqttClient}, also before `connect()`. */
  unwrap<T = MqttClient>(): T {
    return this.client as T;
  }

  get client(): MqttClient {
    return this.#handle.client;
  }

  /** Sends a request for each subscription. Unsubscribing stops the waiting. */
  override send<R = unknown, T = unknown>(pattern: unknown, data: T): Observable<R> {
    if (isMissing(pattern) || isMissing(data)) return super.send<R, T>(pattern, data);
    return new Observable(observer => this.publish(this.#packetOf(pattern, data), this.createObserver(observer)));
  }

  /** Publishes an event at once, whether or not you subscribe. A failure that nobody waits for is logged. */
  override emit<R = PublishResult, T = unknown>(pattern: unknown, data: T): Observable<R> {
    if (isMissing(pattern) || isMissing(data)) return super.emit<R, T>(pattern, data);
    const outcome$ = new ReplaySubject<R>(1);
    const event$ = connectable(
      defer(() => this.dispatchEvent<R>(this.#packetOf(pattern, data))),
      { connector: () => outcome$, resetOnDisconnect: false },
    );
    outcome$.subscribe({
      error: (error: unknown) => {
        // this subscription is the first of those that a failure reaches
        if (!MqttError.is(error)) this.#logger.error(error);
        else
          this.#logger.error(
            `The event ${quoted(this.normalizePattern(pattern as string))} was not published: ${error.message}`,
          );
      },
    });
    event$.connect();
    return event$;
  }

  /** Sends a request for `send()`, and calls `callback` with each reply. Returns what stops the waiting. */
  protected publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    const topic = this.normalizePattern(packet.pattern as string);
    const reply$ = this.#protocolVersion(topic, this.#timeout).pipe(
      mergeMap(version =>
        version === 5 && this.#options.convention !== 'nest'
          ? this.#requestByProperties(topic, packet)
          : this.#options.codec === undefined
            ? this.#requestByEnvelope(topic, packet)
            : throwError(() => codecNeeds5(topic)),
      ),
    );
    const subscription = reply$.subscribe({ next: callback, error: (err: unknown) => callback({ err }) });
    return () => subscription.unsubscribe();
  }

  /** Publishes an event for `emit()`. */
  protected async dispatchEvent<R>({ pattern, data }: ReadPacket): Promise<R> {
    const topic = this.normalizePattern(pattern as string);
    const version = await firstValueFrom(this.#protocolVersion(topic, 0));
    const message =
      this.#options.convention === 'nest'
        ? writeEnvelope({ pattern: pattern as unknown }, 'data', data)
        : this.#write(data, version === 5, topic);
    const result = await firstValueFrom(this.client.publish(topic, message.payload, this.#publishOptions(message)));
    return result as R;
  }

  /** Connects if need be, and emits the version of the connection, which decides how a message is written. */
  #protocolVersion(topic: string, ms: number): Observable<number> {
    this.#handle.open();
    const version$ = this.client.connect().pipe(
      map(() => {
        const { connection } = this.client;
        return connection.status === 'connected' ? connection.limits.protocolVersion : 5;
      }),
    );
    return ms === 0
      ? version$
      : version$.pipe(timeout({ first: ms, with: () => throwError(() => notConnected(topic, ms)) }));
  }

  #requestByProperties(topic: string, { data }: ReadPacket<unknown>): Observable<WritePacket> {
    const message = this.#write(data, true, topic);
    const {
      responseTopic: _,
      correlationData: __,
      topicAlias: ___,
      subscriptionIdentifier: ____,
      ...properties
    } = message.properties;
    const { qos } = this.#publishOptions(message);
    // any number of replies, but not none; the last one says that it is the last
    const replies = Number.MAX_SAFE_INTEGER;
    return this.client
      .request(topic, message.payload, { qos, properties, replies, timeout: this.#timeout, convention: 'properties' })
      .pipe(
        concatMap(reply => readReply(reply, this.#options.codec)),
        takeWhile(isNotLast, true),
      );
  }

  #write(data: unknown, hasProperties: boolean, topic: string): Outgoing {
    const { codec } = this.#options;
    return codec === undefined ? write(data, hasProperties) : writeBy(codec, data, topic);
  }

  #requestByEnvelope(topic: string, packet: ReadPacket): Observable<WritePacket> {
    const { id, data } = this.assignPacketId(packet) as ReadPacket<unknown> & { id: string };
    const message = writeEnvelope({ pattern: packet.pattern as unknown, id }, 'data', data);
    return new Observable<WritePacket>(subscriber => {
      let isSent = false;
      // the request follows the subscription to its replies
      const next = () => {
        if (isSent) return;
        isSent = true;
        const error = (cause: unknown) => subscriber.error(cause);
        subscriber.add(this.client.publish(topic, message.payload, this.#publishOptions(message)).subscribe({ error }));
      };
      const options = { qos: this.#options.qos ?? 1, linger: REPLY_LINGER, subscribeObserver: { next } } as const;
      subscriber.add(
        this.client
          .topic$(`${topic}/reply`, options)
          .pipe(
            map(({ payload }) => readPayload(payload) as WritePacket<unknown> & { id?: string }),
            filter(reply => typeof reply === 'object' && reply !== null && reply.id === id),
            map(reply => ({ ...reply, isDisposed: reply.isDisposed === true || !isMissing(reply.err) })),
            takeWhile(isNotLast, true),
            this.#timeout === 0
              ? identity
              : timeout({ each: this.#timeout, with: () => throwError(() => noReply(topic, this.#timeout)) }),
          )
          .subscribe(subscriber),
      );
    });
  }

  get #timeout(): number {
    return this.#options.timeout ?? 30_000;
  }

  #publishOptions(message: Outgoing) {
    return publishOptions(message, this.#options.qos ?? 1);
  }

  /** Makes the packet, to which a hook of NestJS 12 may add metadata. */
  #packetOf(pattern: unknown, data: unknown): ReadPacket {
    return typeof this.createPacket === 'function' ? this.createPacket(pattern, data) : { pattern, data };
  }
}

function isMissing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isNotLast({ isDisposed }: WritePacket): boolean {
  return isDisposed !== true;
}
