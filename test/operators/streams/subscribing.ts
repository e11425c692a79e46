import { Subject, asapScheduler, tap } from 'rxjs';
import type { QoS } from '../../../src/index.js';
import { type SubscribeConfig, subscribe } from '../../../src/operators/subscribe.js';
import type { SubackPacket, SubscriptionRequest, UnsubackPacket } from '../../../src/packets.js';
import type { Session } from '../../../src/protocol/session.js';
import { type FlowHelpers, errorWords, freeToSubscribe, limits } from '../support.js';

interface Streams {
  /** A small letter wants the filter of that name with QoS 1, the capital one wants it no more. */
  wants?: string;
  /** SUBACK and UNSUBACK. */
  answers?: string;
}

export function subscribing(
  helpers: FlowHelpers,
  { subscriptions }: Session,
  { wants = '', answers = '' }: Streams,
  values: Record<string, SubackPacket | UnsubackPacket | SubscriptionRequest> = {},
  config: Partial<SubscribeConfig> = {},
) {
  const settled$ = new Subject<string>();
  const obstructed$ = new Subject<string>();
  const sent$ = new Subject<string>();
  const change = (letter: string) => {
    const filter = letter.toLowerCase();
    const request = (values[letter] as SubscriptionRequest | undefined) ?? { filter, qos: 1 as QoS };
    if (letter === filter) subscriptions.want(request);
    else subscriptions.release((values[filter] as SubscriptionRequest | undefined)?.filter ?? filter);
  };
  const flow$ = helpers.hot(answers, values as Record<string, SubackPacket | UnsubackPacket>).pipe(
    subscribe({
      ...freeToSubscribe,
      subscriptions,
      limits: limits(),
      changed$: helpers.hot(wants).pipe(tap(change)),
      tick: asapScheduler,
      sent: () => sent$.next('sent'),
      obstructed: error => obstructed$.next(`${error.subject} ${errorWords(error)}`),
      settled: ({ cmd }, { filters, reasonCodes }) =>
        settled$.next(
          `${cmd} ${filters.map((filter, i) => `${filter}:0x${reasonCodes[i]?.toString(16) ?? '?'}`).join(' ')}`,
        ),
      ...config,
    }),
  );
  return { flow$, settled$, obstructed$, sent$ };
}
