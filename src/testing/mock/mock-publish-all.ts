import {
  Observable,
  type ObservableInput,
  catchError,
  defer,
  from,
  ignoreElements,
  map,
  mergeMap,
  of,
  tap,
} from 'rxjs';
import type { OutgoingMessage, PublishAllOptions, PublishOptions } from '../../call-options.js';
import { checkOutgoingMessage, checkPublishAllOptions } from '../../client/options/check-calls.js';
import type { MqttClient } from '../../client/mqtt-client.js';
import { isIterable } from '../../client/publishing/publish-all/is-iterable.js';
import { Outcomes } from '../../client/publishing/publish-all/outcomes.js';
import { rejected } from '../../client/publishing/publish-errors.js';
import type { PublishOutcome, PublishResult } from '../../results.js';

type Message = OutgoingMessage<never>;
type Publish = (topic: string, payload: never, options: PublishOptions<never>) => Observable<PublishResult>;

type Outcome$ = Observable<PublishOutcome<never>>;

/** `publishAll` by way of `publish`: as many at a time as `concurrency` says, with an outcome each. */
export function mockPublishAll(
  publish: Publish,
  whileOpen: (outcome$: Outcome$) => Outcome$,
): MqttClient['publishAll'] {
  const outcomes = (messages: ObservableInput<unknown>, options: PublishAllOptions<never>) =>
    whileOpen(outcomesOf(messages, options, publish));
  return ((first: PublishAllOptions<never> | Iterable<unknown> = {}, options: PublishAllOptions<never> = {}) =>
    isIterable(first)
      ? outcomes(first, options)
      : (message$: Observable<unknown>) => outcomes(message$, first)) as unknown as MqttClient['publishAll'];
}

function outcomesOf(messages: ObservableInput<unknown>, options: PublishAllOptions<never>, publish: Publish): Outcome$ {
  return new Observable(subscriber => {
    checkPublishAllOptions(options);
    const { concurrency = 1000, ordered = false, buffer: _, overflow: __, ...defaults } = options;
    const outcomes = new Outcomes(subscriber, ordered);
    const publishOne = (message: unknown): Observable<PublishResult> => {
      checkOutgoingMessage(message);
      const { topic, payload, ...own } = message;
      const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
      return publish(topic, payload as never, { ...defaults, ...given });
    };
    const told$ = from(messages).pipe(
      mergeMap(message => {
        const place = outcomes.expect();
        return defer(() => publishOne(message)).pipe(
          map(result => ({ status: 'published', message: message as Message, result }) as const),
          catchError((error: unknown) => of(failed(message as Message, error))),
          tap(outcome => outcomes.tell(place, outcome)),
          ignoreElements(),
        );
      }, concurrency),
    );
    subscriber.add(
      told$.subscribe({
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
  });
}

function failed(message: Message, why: unknown): PublishOutcome<never> {
  const error = rejected(why);
  return { status: error.delivery ?? 'rejected', message, error };
}
