import {
  Observable,
  catchError,
  defaultIfEmpty,
  defer,
  distinctUntilChanged,
  filter,
  isObservable,
  map,
  mergeMap,
  of,
  switchMap,
  takeUntil,
  tap,
} from 'rxjs';
import type { AckableMessage, MqttMessage } from '../../message.js';
import type { MqttError } from '../../errors.js';
import { type Operation, beginHandling } from '../../operation.js';
import { acknowledgeAfter } from '../../operators/ack-after.js';
import type { PublishOptions } from '../../options/call-options.js';
import type { Reply, RequestTopics, RespondOptions } from '../../options/request-options.js';
import type { PublishResult, Responded } from '../../results.js';
import { isPromiseLike } from '../../standard-schema.js';
import type { ConnectionState } from '../../state.js';
import type { Topics } from '../topics/topics.js';
import { checkRespond } from '../options/check-requests.js';
import { type MayReplyTo, conventionTopics, replyAddress, replyTopicCheck, requestFilter } from './addresses.js';
import { decodeMessage$ } from './decode-message.js';
import type { RequestClient } from './request-client.js';
import { handlerFailed } from './request-errors.js';

type Handler = (request: MqttMessage) => Reply<unknown>;

/** A reply of a handler, or the error with which it failed. */
type HandlerResult = { readonly value: unknown } | { readonly error: MqttError };

/** The number of handlers that run at a time. */
const DEFAULT_CONCURRENCY = 100;
const UNBOUNDED = { size: Infinity, bytes: Infinity };

/** The streams of `respond`. Each receives requests by a `topic$` and publishes the replies. */
export class Responder {
  readonly #topics: Topics;
  readonly #client: RequestClient;
  /** The convention by which each request arrived. The present connection may have another one when its handler starts. */
  readonly #conventions = new WeakMap<AckableMessage, RequestTopics | undefined>();

  constructor(topics: Topics, client: RequestClient) {
    this.#topics = topics;
    this.#client = client;
  }

  respond(
    filters: string | readonly string[],
    handler: Handler,
    options: RespondOptions<never> = {},
  ): Observable<Responded> {
    return defer(() => {
      const list = typeof filters === 'string' ? [filters] : filters;
      checkRespond(list, handler, options);
      const mayReplyTo = replyTopicCheck(
        options.replyTo,
        list.map(text => this.#topics.parseTemplate(text)),
      );
      return this.#convention$(options).pipe(
        switchMap(topics => this.#request$(list, topics, options)),
        request$ => this.#responded$(request$, handler, options, mayReplyTo),
        takeUntil(this.#closed$()),
      );
    });
  }

  #request$(
    templates: readonly string[],
    topics: RequestTopics | undefined,
    { qos = 1, ack = 'answered' }: RespondOptions<never>,
  ): Observable<AckableMessage> {
    const filters = templates.map(template => requestFilter(topics, template));
    // a full buffer drops requests: a pause of reading would keep the acknowledgements of replies from arriving
    const request$ = this.#topics.topic$(filters, { qos, ack: 'manual', buffer: UNBOUNDED }, false);
    return (request$ as Observable<AckableMessage>).pipe(
      tap(request => {
        this.#conventions.set(request, topics);
        if (ack === 'received') request.ack();
      }),
    );
  }

  /** Emits the outcomes of each request and acknowledges it after the last. */
  #responded$(
    request$: Observable<AckableMessage>,
    handler: Handler,
    options: RespondOptions<never>,
    mayReplyTo: MayReplyTo,
  ): Observable<Responded> {
    const { concurrency = DEFAULT_CONCURRENCY } = options;
    return new Observable(subscriber => {
      const answer = (request: AckableMessage) =>
        this.#answer$(request, this.#conventions.get(request), handler, options, mayReplyTo).pipe(
          tap(outcome => subscriber.next(outcome)),
        );
      const responding = request$
        .pipe(acknowledgeAfter(answer, { concurrency, buffer: { overflow: 'dropNewest' } }))
        .subscribe({
          next: consumed => {
            if (consumed.status !== 'dropped') return;
            subscriber.next({ status: 'unanswered', request: consumed.message, reason: consumed.reason });
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        });
      subscriber.add(responding);
    });
  }

  #publish(
    topic: string,
    value: unknown,
    options: PublishOptions<never>,
    operation: Operation | undefined,
  ): Observable<PublishResult> {
    const result$ = this.#client.publish(topic, value, options);
    return operation?.publish(result$) ?? result$;
  }

  /** Emits how requests say where their reply goes, whenever that changes with a connection. */
  #convention$({ convention = 'auto' }: RespondOptions<never>): Observable<RequestTopics | undefined> {
    return this.#client.state$.pipe(
      filter(state => state.status === 'connected'),
      map(({ limits }) => conventionTopics(convention, limits)),
      distinctUntilChanged(),
    );
  }

  /** Emits or errors when the client is closed, as a `topic$` ends, so that no handler goes on. */
  #closed$(): Observable<ConnectionState> {
    return this.#client.state$.pipe(
      filter(({ status }) => status === 'closed'),
      tap(state => {
        if (state.status === 'closed' && state.error) throw state.error;
      }),
    );
  }

  #answer$(
    request: MqttMessage,
    topics: RequestTopics | undefined,
    handler: Handler,
    options: RespondOptions<never>,
    mayReplyTo: MayReplyTo,
  ): Observable<Responded> {
    // decoding, the convention or the option 'replyTo' may throw
    return defer(() => this.#replies$(request, topics, handler, options, mayReplyTo)).pipe(
      catchError((error: unknown) => of(failedOutcome(request, error))),
    );
  }

  #replies$(
    request: MqttMessage,
    topics: RequestTopics | undefined,
    handler: Handler,
    { qos = 1, encode, properties, decode }: RespondOptions<never>,
    mayReplyTo: MayReplyTo,
  ): Observable<Responded> {
    const address = replyAddress(topics, request);
    if (address === undefined) return of({ status: 'unanswered', request, reason: 'noResponseTopic' });
    const { topic } = address;
    if (!mayReplyTo(topic, request)) return of({ status: 'unanswered', request, reason: 'replyTopicRefused' });
    const publishOptions = {
      qos,
      ...(encode ? { encode } : {}),
      properties: { ...properties, ...address.properties },
    };
    return decodeMessage$(request, decode).pipe(
      mergeMap(message => this.#handle$(message, request, handler, topic, publishOptions)),
    );
  }

  /** @param request - the message before it was decoded, which hooks know. */
  #handle$(
    message: MqttMessage,
    request: MqttMessage,
    handler: Handler,
    topic: string,
    publishOptions: PublishOptions<never>,
  ): Observable<Responded> {
    const operation = beginHandling(request, 'respond', 1);
    const value$ = defer(() => replyValues$(handler(message)));
    const responded$ = (operation?.within(value$) ?? value$).pipe(
      map((value): HandlerResult => ({ value })),
      // the error becomes a value, because an error would cancel earlier replies that are still being published
      catchError((error: unknown) => of<HandlerResult>({ error: handlerFailed(message.topic, error) })),
      mergeMap(result =>
        'error' in result
          ? of(failedOutcome(message, result.error))
          : this.#publish(topic, result.value, publishOptions, operation).pipe(
              map((published): Responded => ({ status: 'replied', request: message, topic, result: published })),
              catchError((error: unknown) => of(failedOutcome(message, error))),
            ),
      ),
      defaultIfEmpty<Responded, Responded>({ status: 'unanswered', request: message, reason: 'noValue' }),
    );
    return operation === undefined ? responded$ : follow(responded$, operation);
  }
}

/** Tells hooks how the handling of a request has ended: with the first failure of the handler or of a reply, if there is one. */
const follow = (responded$: Observable<Responded>, operation: Operation): Observable<Responded> =>
  responded$.pipe(
    tap({
      next: outcome => outcome.status === 'failed' && operation.end(outcome),
      complete: () => operation.end({ status: 'completed' }),
      unsubscribe: () => operation.end({ status: 'unsubscribed' }),
    }),
  );

/** The cast is safe, because this library throws only MqttErrors. */
const failedOutcome = (request: MqttMessage, error: unknown): Responded => ({
  status: 'failed',
  request,
  error: error as MqttError,
});

/** Emits the replies of a handler. A string or an array is one reply, although it is iterable. */
function replyValues$(reply: Reply<unknown>): Observable<unknown> {
  if (isObservable(reply)) return reply;
  return isPromiseLike(reply) ? defer(() => reply) : of(reply);
}
