import { Observable, type OperatorFunction, type SchedulerLike, type Subscriber } from 'rxjs';
import type { OutgoingMessage, PublishAllOptions } from '../../../options/call-options.js';
import type { PublishOutcome } from '../../../results.js';
import { checkPublishAllOptions } from '../../options/check-calls.js';
import type { Lifecycle } from '../../lifecycle/lifecycle.js';
import type { Publisher } from '../publisher.js';
import { AwaitedSource } from './awaited-source.js';
import { PulledSource } from './pulled-source.js';
import { PushedSource } from './pushed-source.js';
import { PublishAllSubscription } from './publish-all-subscription.js';
import type { Source } from './source.js';

export interface PublishAllContext {
  readonly publisher: Publisher;
  readonly lifecycle: Lifecycle;
  readonly scheduler: SchedulerLike;
}

type Options = PublishAllOptions<never>;
type Outcome = PublishOutcome<never>;

/** `publishAll` of what an observable emits. */
export function publishObservable(
  options: Options,
  context: PublishAllContext,
): OperatorFunction<OutgoingMessage<never>, Outcome> {
  return message$ =>
    new Observable(subscriber => {
      const run = newSubscription(options, subscriber, context);
      const source = new PushedSource(run, options, context.scheduler);
      begin(run, subscriber, context, source);
      source.subscribeTo(message$);
    });
}

/** `publishAll` of an iterable, each time from its beginning. */
export function publishIterable(
  messages: Iterable<unknown> | AsyncIterable<unknown>,
  options: Options,
  context: PublishAllContext,
): Observable<Outcome> {
  return new Observable(subscriber => {
    const run = newSubscription(options, subscriber, context);
    const source =
      Symbol.asyncIterator in messages ? new AwaitedSource(messages, run) : new PulledSource(messages, run);
    begin(run, subscriber, context, source);
    run.advance();
  });
}

function newSubscription(
  options: Options,
  subscriber: Subscriber<Outcome>,
  { publisher, lifecycle }: PublishAllContext,
): PublishAllSubscription {
  checkPublishAllOptions(options);
  const closed = lifecycle.closedBecause;
  if (closed) throw closed;
  return new PublishAllSubscription({ publisher, options, subscriber, need: () => lifecycle.need() });
}

function begin(
  run: PublishAllSubscription,
  subscriber: Subscriber<Outcome>,
  { lifecycle }: PublishAllContext,
  source: Source,
): void {
  run.begin(source);
  subscriber.add(run);
  // when the states have ended, all that was on its way has been told of
  subscriber.add(
    lifecycle.state$.subscribe({
      error: (error: unknown) => subscriber.error(error),
      complete: () => run.close(lifecycle.closedBecause!),
    }),
  );
}

/** Synchronous or not. */
export const isIterable = (value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value);
