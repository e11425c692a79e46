import { Observable, type OperatorFunction, type SchedulerLike, type Subscriber } from 'rxjs';
import type { OutgoingMessage, PublishAllOptions } from '../../../options/call-options.js';
import type { PublishOutcome } from '../../../results.js';
import { abortable } from '../../../operators/interop/until-aborted.js';
import { checkPublishAllOptions } from '../../options/check-calls.js';
import type { Lifecycle } from '../../lifecycle/lifecycle.js';
import type { Trampoline } from '../../trampoline.js';
import { createYielding } from '../../yielding.js';
import type { Publisher } from '../publisher.js';
import { AwaitedSource } from './awaited-source.js';
import { PulledSource } from './pulled-source.js';
import { PushedSource } from './pushed-source.js';
import { PublishAllSubscription } from './publish-all-subscription.js';
import type { Source } from './source.js';

export interface PublishAllContext {
  readonly publisher: Publisher;
  readonly scheduler: SchedulerLike;
  readonly trampoline: Trampoline;
}

type Options = PublishAllOptions<never>;
type Outcome = PublishOutcome<never>;

/** Implements `publishAll`, whose first argument is the messages or the options. */
export function publishAll(
  first: Options | Iterable<unknown> | AsyncIterable<unknown>,
  options: Options,
  context: PublishAllContext,
  lifecycle: Lifecycle,
): OperatorFunction<OutgoingMessage<never>, Outcome> | Observable<Outcome> {
  return isIterable(first)
    ? publishIterable(first, options, context, lifecycle)
    : publishObservable(first, context, lifecycle);
}

function publishObservable(
  options: Options,
  context: PublishAllContext,
  lifecycle: Lifecycle,
): OperatorFunction<OutgoingMessage<never>, Outcome> {
  return message$ => {
    const outcome$ = new Observable<Outcome>(subscriber => {
      const publishing = createSubscription(options, subscriber, context, lifecycle);
      const source = new PushedSource(publishing, options, context.scheduler);
      start(publishing, subscriber, lifecycle, source);
      source.subscribeTo(message$);
    });
    return abortable(outcome$, options);
  };
}

/** Each subscription reads the iterable from its beginning. */
function publishIterable(
  messages: Iterable<unknown> | AsyncIterable<unknown>,
  options: Options,
  context: PublishAllContext,
  lifecycle: Lifecycle,
): Observable<Outcome> {
  const outcome$ = new Observable<Outcome>(subscriber => {
    const publishing = createSubscription(options, subscriber, context, lifecycle);
    const source =
      Symbol.asyncIterator in messages
        ? new AwaitedSource(messages, publishing)
        : new PulledSource(messages, publishing);
    start(publishing, subscriber, lifecycle, source);
    publishing.advance();
  });
  return abortable(outcome$, options);
}

function createSubscription(
  options: Options,
  subscriber: Subscriber<Outcome>,
  { publisher, scheduler, trampoline }: PublishAllContext,
  lifecycle: Lifecycle,
): PublishAllSubscription {
  checkPublishAllOptions(options);
  const closed = lifecycle.closedError;
  if (closed) throw closed;
  const connect = () => lifecycle.connectOnDemand();
  const yielding = createYielding({ scheduler, trampoline });
  return new PublishAllSubscription({ publisher, options, subscriber, yielding, connect });
}

function start(
  publishing: PublishAllSubscription,
  subscriber: Subscriber<Outcome>,
  lifecycle: Lifecycle,
  source: Source,
): void {
  publishing.start(source);
  subscriber.add(publishing);
  // all messages have settled when the states complete
  subscriber.add(
    lifecycle.state$.subscribe({
      error: (error: unknown) => subscriber.error(error),
      complete: () => publishing.close(lifecycle.closedError!),
    }),
  );
}

/** Whether the value is a synchronous or an asynchronous iterable. */
export const isIterable = (value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value);
