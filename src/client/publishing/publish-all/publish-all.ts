import { Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';
import type { OutgoingMessage, PublishAllOptions } from '../../../options/call-options.js';
import type { PublishOutcome } from '../../../results.js';
import { abortable } from '../../../operators/interop/until-aborted.js';
import { checkPublishAllOptions } from '../../options/check-publish.js';
import type { Lifecycle } from '../../lifecycle/lifecycle.js';
import type { Trampoline } from '../../trampoline.js';
import { createYielding } from '../../yielding.js';
import type { Publisher } from '../publisher.js';
import { AwaitedSource } from './awaited-source.js';
import { PulledSource } from './pulled-source.js';
import { PushedSource } from './pushed-source.js';
import { PublishAllSubscription } from './publish-all-subscription.js';
import type { Sink, Source } from './source.js';

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
  if (!isIterable(first))
    return message$ =>
      publishFrom(sink => new PushedSource(message$, sink, first, context.scheduler), first, context, lifecycle);
  // each subscription reads the iterable from its beginning
  const createSource = (sink: Sink) =>
    Symbol.asyncIterator in first ? new AwaitedSource(first, sink) : new PulledSource(first, sink);
  return publishFrom(createSource, options, context, lifecycle);
}

function publishFrom(
  createSource: (sink: Sink) => Source,
  options: Options,
  context: PublishAllContext,
  lifecycle: Lifecycle,
): Observable<Outcome> {
  const outcome$ = new Observable<Outcome>(subscriber => {
    checkPublishAllOptions(options);
    const closed = lifecycle.closedError;
    if (closed) throw closed;
    const { publisher, scheduler } = context;
    const connect = () => lifecycle.connectOnDemand();
    const yielding = createYielding(context);
    const publishing = new PublishAllSubscription({ publisher, scheduler, options, subscriber, yielding, connect });
    const source = createSource(publishing);
    publishing.start(source);
    subscriber.add(publishing);
    // all messages have settled when the states complete
    subscriber.add(
      lifecycle.state$.subscribe({
        error: (error: unknown) => subscriber.error(error),
        complete: () => publishing.close(lifecycle.closedError!),
      }),
    );
    source.start();
  });
  return abortable(outcome$, options);
}

/** Whether the value is a synchronous or an asynchronous iterable. */
export const isIterable = (value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value);
