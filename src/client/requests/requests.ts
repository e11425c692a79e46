import {
  EMPTY,
  NEVER,
  Observable,
  type SchedulerLike,
  catchError,
  defer,
  filter,
  identity,
  ignoreElements,
  map,
  merge,
  mergeMap,
  startWith,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
  timeout,
} from 'rxjs';
import type { MqttMessage } from '../../message.js';
import type { Subscriptions } from '../../protocol/subscriptions/subscriptions.js';
import { assertTopicName } from '../../protocol/topics/validate.js';
import type { RequestOptions } from '../../options/request-options.js';
import type { AckEvent } from '../../results.js';
import type { ConnectionState } from '../../state.js';
import { checkRequestOptions } from '../options/check-requests.js';
import { clientClosed } from '../client-errors.js';
import type { HookedRequest } from '../instrumentation/hook-calls.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import type { ClientOptions } from '../options/resolve-options.js';
import { encodePayload } from '../payload.js';
import type { Topics } from '../topics/topics.js';
import type { UnroutedMessages } from '../topics/unrouted-messages.js';
import { rejected } from '../publishing/publish-errors.js';
import {
  type Address,
  RequestIds,
  addressByProperties,
  addressByTopics,
  conventionTopics,
  escapeLevel,
  responseTopicOf,
} from './addresses.js';
import { decodeMessage$ } from './decode-message.js';
import type { RequestClient } from './request-client.js';
import { ReplyInbox } from './reply-inbox.js';
import {
  type Stage,
  needsVersion5,
  noResponder,
  requestClosed,
  requestFailed,
  requestTimeout,
} from './request-errors.js';

/** What requests need of the parts of their client. */
export interface RequestsConfig {
  readonly topics: Topics;
  readonly ack$: Observable<AckEvent>;
  readonly subscriptions: Subscriptions;
  readonly scheduler: SchedulerLike;
  readonly options: Pick<ClientOptions, 'random'>;
  readonly instrumentation: Instrumentation;
  readonly unrouted: Pick<UnroutedMessages, 'emit'>;
}

/** One request, from its subscription to its last reply. */
interface Request {
  readonly id: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly options: RequestOptions<never>;
  stage: Stage;
  /** What hooks follow; undefined without hooks. */
  readonly operation: HookedRequest | undefined;
}

type Connected = Extract<ConnectionState, { status: 'connected' }>;

/** ms */
const DEFAULT_TIMEOUT = 30_000;
const NO_MATCHING_SUBSCRIBERS = 0x10;

/** The streams of `request` (5.0 section 4.10). Each publishes a message; a `topic$` that all requests share receives the replies. */
export class Requests {
  // lives with the client
  readonly #config: RequestsConfig;
  readonly #client: RequestClient;
  readonly #ids: RequestIds;
  readonly #inboxes = new Map<string, ReplyInbox>();

  constructor(config: RequestsConfig, client: RequestClient) {
    this.#config = config;
    this.#client = client;
    this.#ids = new RequestIds(config.options.random);
  }

  request(topic: string, payload: unknown, options: RequestOptions<never> = {}): Observable<MqttMessage> {
    return defer(() => {
      const request = this.#request(topic, payload, options);
      const { replies = 1, decode } = options;
      const reply$ = this.#address$(request).pipe(
        mergeMap(address => this.#exchange$(request, address)),
        // one at a time, so that the replies stay in order
        mergeMap(reply => decodeMessage$(reply, decode), 1),
        this.#withTimeout(request),
        replies === Infinity ? identity : take(replies),
        takeUntil(this.#closed$(request)),
        catchError((error: unknown) => throwError(() => requestFailed(error, request.stage))),
      );
      const { operation } = request;
      return operation === undefined ? reply$ : operation.follow(reply$);
    });
  }

  #request(topic: string, payload: unknown, options: RequestOptions<never>): Request {
    try {
      assertTopicName(topic);
      checkRequestOptions(options);
      const bytes = encodePayload(payload, options.encode, topic);
      const operation = this.#config.instrumentation.active?.request({ topic, options });
      return { id: this.#ids.next(), topic, payload: bytes, options, stage: 'connecting', operation };
    } catch (error) {
      throw rejected(error);
    }
  }

  /** Emits the address of the request once its replies would arrive. Each new connection starts this again. */
  #address$(request: Request): Observable<Address> {
    return this.#client.state$.pipe(
      switchMap(state => {
        request.stage = 'connecting';
        return state.status === 'connected' ? this.#subscribed$(request, this.#address(request, state)) : NEVER;
      }),
      take(1),
    );
  }

  #address({ topic, id, options }: Request, { connack, limits }: Connected): Address {
    const { convention = 'auto', responseTopic } = options;
    // a 3.1.1 broker that assigns a client identifier does not report it
    const requester = limits.clientId === '' ? this.#ids.prefix : escapeLevel(limits.clientId);
    const topics = conventionTopics(convention, limits);
    if (topics === undefined && limits.protocolVersion === 5) {
      return addressByProperties(topic, id, responseTopic ?? responseTopicOf(requester, connack));
    }
    if (topics === undefined) throw needsVersion5(topic, "the convention 'properties'");
    if (responseTopic !== undefined) throw needsVersion5(topic, "option 'responseTopic'");
    return addressByTopics(topics, topic, requester, id);
  }

  #subscribed$(request: Request, address: Address): Observable<Address> {
    const { ack$, subscriptions } = this.#config;
    request.stage = 'subscribing';
    const confirmed$ = ack$.pipe(
      startWith(undefined),
      filter(() => subscriptions.holds(address.replyFilter)),
      map(() => address),
    );
    return merge(this.#inbox(address.replyFilter).open$, confirmed$);
  }

  /** Publishes the request and emits its replies. A reply may arrive before the acknowledgement of the request. */
  #exchange$(request: Request, address: Address): Observable<MqttMessage> {
    const { topic, payload, options } = request;
    return new Observable(subscriber => {
      request.stage = 'publishing';
      this.#inbox(address.replyFilter).replies$(address.key).subscribe(subscriber);
      const properties = { ...expiryOf(options), ...options.properties, ...address.properties };
      const result$ = this.#client.publish(address.topic, payload, { qos: options.qos ?? 1, properties });
      const published$ = request.operation?.publish(result$) ?? result$;
      subscriber.add(
        published$.subscribe({
          next: ({ reasonCode }) => {
            request.stage = 'answering';
            if (reasonCode !== NO_MATCHING_SUBSCRIBERS) return;
            if (options.replies === Infinity) subscriber.complete();
            else subscriber.error(noResponder(topic));
          },
          error: (error: unknown) => subscriber.error(error),
        }),
      );
    });
  }

  #withTimeout(request: Request): <T>(reply$: Observable<T>) => Observable<T> {
    const { timeout: ms = DEFAULT_TIMEOUT, replies } = request.options;
    if (ms === 0 || ms === Infinity) return identity;
    return timeout({
      each: ms,
      scheduler: this.#config.scheduler,
      with: ({ seen }) =>
        replies === Infinity && (seen > 0 || request.stage === 'answering')
          ? EMPTY
          : throwError(() => requestTimeout(request.topic, ms, request.stage, seen)),
    });
  }

  #closed$(request: Request): Observable<never> {
    return this.#client.state$.pipe(
      tap(state => {
        if (state.status === 'closed') throw requestClosed(request.topic, clientClosed(state.error), request.stage);
      }),
      ignoreElements(),
    );
  }

  #inbox(replyFilter: string): ReplyInbox {
    const existing = this.#inboxes.get(replyFilter);
    if (existing) return existing;
    const { topics, scheduler } = this.#config;
    const remove = () => void this.#inboxes.delete(replyFilter);
    const reply$ = topics.topic$(replyFilter).pipe(tap({ error: remove, complete: remove, unsubscribe: remove }));
    const inbox = new ReplyInbox(reply$, scheduler, reply => this.#config.unrouted.emit(reply));
    this.#inboxes.set(replyFilter, inbox);
    return inbox;
  }
}

/** Returns the message expiry in s, a little longer than the timeout of the request: a later reply has no subscriber. */
function expiryOf({ timeout: ms = DEFAULT_TIMEOUT }: RequestOptions<never>): { messageExpiryInterval?: number } {
  return ms === 0 || ms === Infinity ? {} : { messageExpiryInterval: Math.floor(ms / 1000) + 1 };
}
