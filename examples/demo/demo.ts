import {
  EMPTY,
  type Observable,
  type ObservableInput,
  asyncScheduler as scheduler,
  concat,
  debounceTime,
  exhaustMap,
  filter,
  firstValueFrom,
  forkJoin,
  ignoreElements,
  lastValueFrom,
  map,
  merge,
  scan,
  share,
  shareReplay,
  startWith,
  switchMap,
  take,
  takeUntil,
  throwError,
  timeout,
  timer,
  withLatestFrom,
} from 'rxjs';
import type { Broker } from './broker.js';
import { type Clients, clients, leave, subscribed } from './clients.js';
import { type Ledger, emptyLedger, isComplete, record } from './ledger.js';
import type { Link } from './link.js';
import { newsOf } from './news.js';
import { alarms, inOrder, roomViews } from './pipeline.js';
import { sensors } from './sensors.js';
import { publishAll, readings, receipts, resends } from './traffic.js';
import type { Streams } from './view.js';

export interface Setting {
  readonly broker: Broker;
  readonly link: Link;
  /** s until the sensors stop, or Infinity. */
  readonly seconds: number;
  /** Emits when the user interrupts the demo, also if that was before the subscription. */
  readonly interrupted$: Observable<unknown>;
  readonly show: (streams: Streams) => Observable<unknown>;
}

const seed = 7;
const nothing = { defaultValue: undefined };
/** ms without an answer, and ms without a connection. */
const failure = { deaf: 400, down: 2000 };

/** Runs sensors, two clients, a pipeline, and a link that fails. Resolves with the ledger when the sensors have stopped and all messages have settled. */
export async function demo(setting: Setting): Promise<Ledger> {
  const both = clients(setting.broker, setting.link);
  const { publisher, consumer } = both;
  try {
    const connected$ = forkJoin([publisher.connect(), consumer.connect()]);
    await firstValueFrom(merge(connected$, setting.interrupted$).pipe(inTime), nothing);
    const ledger = await firstValueFrom(scene(setting, both), { defaultValue: emptyLedger });
    await firstValueFrom(timer(0, scheduler), nothing); // the streams are unsubscribed: let UNSUBSCRIBE go first
    await lastValueFrom(concat(leave(publisher), leave(consumer)), nothing);
    return ledger;
  } finally {
    publisher.close();
    consumer.close();
  }
}

function scene({ broker, link, seconds, interrupted$, show }: Setting, both: Clients): Observable<Ledger> {
  const { publisher, consumer, prefix } = both;
  const isTimed = seconds < Infinity;
  const stop$ = merge(interrupted$, isTimed ? timer(seconds * 1000, scheduler) : EMPTY).pipe(take(1), share());

  // the sensors start when the broker has granted the subscriptions
  const sensor$ = subscribed(both).pipe(
    switchMap(() => sensors(seed, scheduler)),
    takeUntil(stop$),
  );
  const came$ = readings(consumer, prefix).pipe(share());
  const reading$ = came$.pipe(inOrder(), share());
  const ledger$ = merge(
    sensor$.pipe(publishAll(publisher, prefix)),
    came$.pipe(receipts),
    publisher.packet$.pipe(resends),
  ).pipe(scan(record, emptyLedger), startWith(emptyLedger), shareReplay({ bufferSize: 1, refCount: true }));

  const failing$ = (isTimed ? timer((seconds * 1000) / 3, scheduler) : timer(5000, 20_000, scheduler)).pipe(
    takeUntil(stop$),
  );
  const link$ = failing$.pipe(
    exhaustMap(() => link.fail(failure)),
    share(),
  );
  const view$ = show({
    title: broker.name,
    clock$: timer(0, 1000, scheduler).pipe(map(now => (isTimed ? `${now} s of ${seconds}` : `${now} s`))),
    publisher$: publisher.connection$,
    consumer$: consumer.connection$,
    rooms$: reading$.pipe(roomViews(scheduler), startWith(new Map())),
    ledger$,
    news$: newsOf({
      publisher$: publisher.connection$,
      consumer$: consumer.connection$,
      link$,
      alarm$: reading$.pipe(alarms()),
      demo$: stop$.pipe(map(() => 'the sensors stop; messages in flight may still arrive')),
    }),
  });
  // Some brokers, aedes among them, report a session only if it has a subscription. So the publisher subscribes to commands, as a
  // device does.
  const command$ = publisher.topic$(`${prefix}/commands`);

  const result$ = stop$.pipe(
    switchMap(() => settled(ledger$)),
    withLatestFrom(ledger$),
    map(([, ledger]) => ledger),
  );
  return merge(result$, merge(view$, link$, command$).pipe(ignoreElements()));
}

const inTime = timeout<unknown, ObservableInput<never>>({
  first: 10_000,
  scheduler,
  with: () => throwError(() => new Error('no answer to CONNECT within 10 s; is it an MQTT broker?')),
});

/** Emits when all has come that must, and nothing more comes; or when waiting has no point any more. */
const settled = (ledger$: Observable<Ledger>): Observable<unknown> =>
  merge(ledger$.pipe(filter(isComplete), debounceTime(500, scheduler)), timer(10_000, scheduler));
