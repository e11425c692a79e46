import { Logger } from '@nestjs/common';
import {
  Server,
  Transport,
  type CustomTransportStrategy,
  type MessageHandler,
  type WritePacket,
} from '@nestjs/microservices';
import {
  BehaviorSubject,
  NEVER,
  Observable,
  Subscription,
  defer,
  first,
  firstValueFrom,
  from,
  isObservable,
  mergeMap,
  of,
  race,
  timer,
} from 'rxjs';
import type { AckableMessage, ConsumeOptions, Consumed, MqttClient } from '../index.js';
import { quoted, wordsOf } from '../quoted.js';
import { ClientHandle, type MqttEvents, type MqttStatus } from './client-handle.js';
import { MqttContext } from './mqtt-context.js';
import { reportOf } from './outcomes.js';
import type { AnyCodec, MqttHandlerOptions, MqttServerOptions } from './options.js';
import { type Incoming, type ReplyWriter, publishOptions, readIncoming } from './replies.js';

/**
 * A transport of NestJS microservices: `@EventPattern` and `@MessagePattern` are topic filters, with wildcards that may have names, and a
 * message is acknowledged when its handler has completed.
 *
 * `listen()` ends when the broker has granted the filters of all handlers, and waits for a broker that is not there yet. A refused filter,
 * or a client that gives up, is its error. `close()` starts no more handlers, waits for those that run (see `shutdownTimeout`), and
 * disconnects.
 *
 * @example
 * ```ts
 * const service = await NestFactory.createMicroservice(AppModule, { strategy: new MqttServer({ url: 'mqtt://localhost' }) });
 * await service.listen();
 * ```
 */
export class MqttServer extends Server<MqttEvents> implements CustomTransportStrategy {
  override readonly transportId = Transport.MQTT;
  protected override readonly logger = new Logger(MqttServer.name);
  readonly #options: MqttServerOptions;
  readonly #handle: ClientHandle;
  readonly #running$ = new BehaviorSubject(0);
  #isStopping = false;
  #streams: Subscription | undefined;

  constructor(options: MqttServerOptions = {}) {
    super();
    this.#options = options;
    this.#handle = new ClientHandle(options, this.logger, this._status$);
  }

  /** Connects and subscribes the handlers. Called by NestJS. */
  listen(callback: (error?: unknown) => void): void {
    this.#isStopping = false;
    this.#handle.open();
    const streams = new Subscription();
    this.#streams = streams;
    let waiting = this.messageHandlers.size + 1;
    let settle: typeof callback | undefined = callback;
    const onReady = () => {
      if (--waiting > 0) return;
      settle?.();
      settle = undefined;
    };
    const onError = (error: unknown) => {
      if (settle === undefined) {
        this.logger.error(error);
        return;
      }
      const fail = settle;
      settle = undefined;
      streams.unsubscribe();
      this.#handle.close(0).then(
        () => fail(error),
        () => fail(error),
      );
    };
    for (const [pattern, handler] of this.messageHandlers) {
      const options = this.#optionsOf(handler);
      const next = (outcome: Consumed) => {
        const report = reportOf(outcome, options);
        if (report !== undefined) this.logger.warn(report);
      };
      streams.add(this.#consume(pattern, handler, options, onReady).subscribe({ next, error: onError }));
    }
    streams.add(this.client.connect().subscribe({ next: onReady, error: onError }));
  }

  /** Stops gracefully. Called by NestJS, for `app.close()` and shutdown hooks. */
  async close(): Promise<void> {
    const { shutdownTimeout = 10_000 } = this.#options;
    this.#isStopping = true;
    await firstValueFrom(race(this.#running$.pipe(first(running => running === 0)), timer(shutdownTimeout)));
    await this.#handle.close(shutdownTimeout);
    this.#streams?.unsubscribe();
  }

  /**
   * Calls `callback` for each event of the client, also before `listen()`.
   *
   * @typeParam C - the type of the callback, which follows from the event.
   */
  on<E extends keyof MqttEvents, C extends MqttEvents[E] = MqttEvents[E]>(event: E, callback: C): void {
    this.#handle.on(event, callback);
  }

  /** Emits the `status` of each state of the connection, the latest one first. Never errors or completes. */
  override get status(): Observable<MqttStatus> {
    return super.status as Observable<MqttStatus>;
  }

  /** Returns the {@link MqttClient}, also before `listen()`. */
  unwrap<T = MqttClient>(): T {
    return this.client as T;
  }

  get client(): MqttClient {
    return this.#handle.client;
  }

  #consume(
    pattern: string,
    handler: MessageHandler,
    { group, codec, concurrency, onError = 'reject', retry, ...options }: MqttHandlerOptions,
    onGranted: () => void,
  ): Observable<Consumed> {
    let isGranted = false;
    const next = () => {
      if (isGranted) return;
      isGranted = true;
      onGranted();
    };
    const consumeOptions: ConsumeOptions = {
      qos: this.#options.qos ?? 1,
      ...options,
      ...(codec !== undefined && { decode: codec }),
      concurrency: concurrency ?? (handler.isEventHandler ? 1 : 100),
      onError,
      ...(onError === 'retry' && { retry: { giveUp: 'reject' as const, ...retry } }),
      subscribeObserver: { next },
    };
    const filter = group === undefined ? pattern : `$share/${group}/${pattern}`;
    return this.client.consume(filter, message => this.#process(handler, message, codec), consumeOptions);
  }

  #optionsOf({ extras = {} }: MessageHandler): MqttHandlerOptions {
    const all: MqttHandlerOptions = { ...this.#options.handlers, ...extras };
    const { qos, noLocal, retainAsPublished, retainHandling, unsubscribeOnLeave, buffer, reasonCode, reconnectAfter } =
      all;
    const { group, codec, concurrency, onError, retry } = all;
    const known = {
      qos,
      noLocal,
      retainAsPublished,
      retainHandling,
      unsubscribeOnLeave,
      buffer,
      reasonCode,
      reconnectAfter,
    };
    const given = Object.entries({ ...known, group, codec, concurrency, onError, retry }).filter(
      ([, value]) => value !== undefined,
    );
    return Object.fromEntries(given);
  }

  /** Completes when the handler has, and its replies are published. Unsubscribing unsubscribes the Observable of the handler. */
  #process(handler: MessageHandler, message: AckableMessage, codec: AnyCodec | undefined): Observable<unknown> {
    // what arrives now stays unacknowledged, for the next process
    if (this.#isStopping) return NEVER;
    return new Observable(subscriber => {
      this.#running$.next(this.#running$.value + 1);
      subscriber.add(() => this.#running$.next(this.#running$.value - 1));
      const context = new MqttContext([message]);
      const process = () => {
        subscriber.add(() => this.onProcessingEndHook?.(this.transportId, context));
        this.#run(handler, readIncoming(message, this.#mayReplyTo, codec), context).subscribe(subscriber);
        return Promise.resolve();
      };
      this.onProcessingStartHook(this.transportId, context, process);
    });
  }

  #run(handler: MessageHandler, { data, reply }: Incoming, context: MqttContext): Observable<unknown> {
    const result$ = defer(() =>
      from(handler(data, context)).pipe(mergeMap(result => (isObservable(result) ? result : of(result)))),
    );
    if (!handler.isEventHandler && reply !== undefined) return this.#answer(result$, reply, context.topic);
    return result$;
  }

  /**
   * Publishes the replies one after the other, the last one marked as such, and completes when the broker has them. A reply that cannot be
   * published is replaced by an error, because the requester waits.
   */
  #answer(result$: Observable<unknown>, write: ReplyWriter, request: string): Observable<unknown> {
    return new Observable(subscriber => {
      const publish = async (packet: WritePacket) => {
        const { topic, payload, ...outgoing } = write(packet);
        await firstValueFrom(
          this.client.publish(topic, payload, publishOptions({ payload, ...outgoing }, this.#options.qos ?? 1)),
        );
        if (packet.isDisposed || packet.err) subscriber.complete();
      };
      const respond = async (packet: WritePacket) => {
        if (subscriber.closed) return;
        try {
          await publish(packet).catch((error: unknown) => {
            this.logger.error(`A reply to the request ${quoted(request)} was not published: ${wordsOf(error)}`);
            return publish(unpublished);
          });
        } catch (error) {
          subscriber.error(error);
        }
      };
      return this.send(result$, respond);
    });
  }

  readonly #mayReplyTo = (topic: string) => (this.#options.replyTo ?? isPlainTopic)(topic);
}

/** What NestJS answers instead of an error that is none of the requester's business. */
const unpublished: WritePacket = { err: { status: 'error', message: 'Internal server error' }, isDisposed: true };

function isPlainTopic(topic: string): boolean {
  return !topic.startsWith('$');
}
