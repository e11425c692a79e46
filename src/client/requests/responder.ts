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
import { ackAfter } from '../../operators/ack-after.js';
import type { Reply, RequestTopics, RespondOptions } from '../../options/request-options.js';
import type { Responded } from '../../results.js';
import type { ConnectionState } from '../../state.js';
import { checkRespond } from '../options/check-requests.js';
import { replyAddress, requestFilter, topicsOf } from './addresses.js';
import { decoded, type RequestContext, type MayReplyTo, replyTopics } from './request-context.js';
import { handlerFailed } from './request-errors.js';

type Handler = (request: MqttMessage) => Reply<unknown>;

/** What a handler gave: a reply, or the error that ended it. */
type Given = { readonly value: unknown } | { readonly error: MqttError };

/** Handlers at a time. */
const CONCURRENCY = 100;
const UNBOUND = { size: Infinity, bytes: Infinity };

/** The streams of `respond`: a `topic$` of requests, and a `publish` for each reply. */
export class Responder {
  readonly #config: RequestContext;
  /** How each request says where its reply goes: connections may have changed while it waited. */
  readonly #conventions = new WeakMap<AckableMessage, RequestTopics | undefined>();

  constructor(config: RequestContext) {
    this.#config = config;
  }

  respond(
    filters: string | readonly string[],
    handler: Handler,
    options: RespondOptions<never> = {},
  ): Observable<Responded> {
    return defer(() => {
      const list = typeof filters === 'string' ? [filters] : filters;
      checkRespond(list, handler, options);
      const mayReplyTo = replyTopics(
        options.replyTo,
        list.map(template => this.#config.topics.template(template)),
      );
      return this.#convention$(options).pipe(
        switchMap(by => this.#request$(list, by, options)),
        asked$ => this.#responded$(asked$, handler, options, mayReplyTo),
        takeUntil(this.#closed$()),
      );
    });
  }

  #request$(
    templates: readonly string[],
    by: RequestTopics | undefined,
    { qos = 1, ack = 'answered' }: RespondOptions<never>,
  ): Observable<AckableMessage> {
    const filters = templates.map(template => requestFilter(by, template));
    // while reading pauses no reply would be acknowledged: what is too much is dropped instead
    const request$ = this.#config.topics.topic$(filters, { qos, ack: 'manual', buffer: UNBOUND }, false);
    return (request$ as Observable<AckableMessage>).pipe(
      tap(request => {
        this.#conventions.set(request, by);
        if (ack === 'received') request.ack();
      }),
    );
  }

  /** What becomes of each request; it is acknowledged after that. */
  #responded$(
    request$: Observable<AckableMessage>,
    handler: Handler,
    options: RespondOptions<never>,
    mayReplyTo: MayReplyTo,
  ): Observable<Responded> {
    const { concurrency = CONCURRENCY } = options;
    return new Observable(out => {
      const answer = (request: AckableMessage) =>
        this.#answer$(request, this.#conventions.get(request), handler, options, mayReplyTo).pipe(
          tap(one => out.next(one)),
        );
      const responding = request$
        .pipe(ackAfter(answer, { concurrency, buffer: { overflow: 'dropNewest' } }))
        .subscribe({
          next: how => {
            if (how.status !== 'dropped') return;
            out.next({ status: 'unanswered', request: how.message, reason: how.reason });
          },
          error: (error: unknown) => out.error(error),
          complete: () => out.complete(),
        });
      out.add(responding);
    });
  }

  /** How requests say where their reply goes, on the connections that there are. */
  #convention$({ convention = 'auto' }: RespondOptions<never>): Observable<RequestTopics | undefined> {
    return this.#config.state$.pipe(
      filter(state => state.status === 'connected'),
      map(({ limits }) => topicsOf(convention, limits)),
      distinctUntilChanged(),
    );
  }

  /** No handler goes on when nobody can be answered: ends as a `topic$` does. */
  #closed$(): Observable<ConnectionState> {
    return this.#config.state$.pipe(
      filter(({ status }) => status === 'closed'),
      tap(state => {
        if (state.status === 'closed' && state.error) throw state.error;
      }),
    );
  }

  #answer$(
    request: MqttMessage,
    by: RequestTopics | undefined,
    handler: Handler,
    options: RespondOptions<never>,
    mayReplyTo: MayReplyTo,
  ): Observable<Responded> {
    // what is thrown here says that the payload is wrong, or the convention
    return defer(() => this.#replies$(request, by, handler, options, mayReplyTo)).pipe(
      catchError((error: unknown) => of(failed(request, error))),
    );
  }

  #replies$(
    request: MqttMessage,
    by: RequestTopics | undefined,
    handler: Handler,
    { qos = 1, encode, properties, decode }: RespondOptions<never>,
    mayReplyTo: MayReplyTo,
  ): Observable<Responded> {
    const to = replyAddress(by, request);
    if (to === undefined) return of({ status: 'unanswered', request, reason: 'noResponseTopic' });
    const { topic } = to;
    if (!mayReplyTo(topic, request)) return of({ status: 'unanswered', request, reason: 'replyTopicRefused' });
    const terms = { qos, ...(encode ? { encode } : {}), properties: { ...properties, ...to.properties } };
    const message = decoded(request, decode);
    return defer(() => given$(handler(message))).pipe(
      map((value): Given => ({ value })),
      // a value: what the handler gave before is still on its way
      catchError((error: unknown) => of<Given>({ error: handlerFailed(request.topic, error) })),
      mergeMap(given =>
        'error' in given
          ? of(failed(message, given.error))
          : this.#config.publisher.publish(topic, given.value, terms).pipe(
              map((result): Responded => ({ status: 'replied', request: message, topic, result })),
              catchError((error: unknown) => of(failed(message, error))),
            ),
      ),
      defaultIfEmpty<Responded, Responded>({ status: 'unanswered', request: message, reason: 'noValue' }),
    );
  }
}

/** Whatever this library throws is an MqttError. */
const failed = (request: MqttMessage, error: unknown): Responded => ({
  status: 'failed',
  request,
  error: error as MqttError,
});

/** A string or an array is one reply, though it could be iterated over. */
function given$(reply: Reply<unknown>): Observable<unknown> {
  if (isObservable(reply)) return reply;
  return isPromiseLike(reply) ? defer(() => reply) : of(reply);
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
