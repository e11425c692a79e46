import {
  DestroyRef,
  ErrorHandler,
  type InjectionToken,
  Injector,
  NgZone,
  type Signal,
  computed,
  effect,
  inject,
  runInInjectionContext,
  signal,
  untracked,
} from '@angular/core';
import { type Observable, asapScheduler, defer, repeat, retry, subscribeOn, tap } from 'rxjs';
import type { TopicOptions } from '../options/call-options.js';
import type { MqttClient } from '../client/mqtt-client.js';
import { reopened$ } from '../client/lifecycle/connection-states.js';
import type { MqttError } from '../errors.js';
import type { MqttMessage } from '../message.js';
import { MQTT_CLIENT } from './mqtt-client-token.js';
import { outsideOf } from './zoned-client.js';

type Filters = string | readonly string[];

/** A filter or several, or a signal or function of signals that returns them. While it returns undefined, there is no subscription. */
export type TopicSource<F extends string | readonly string[]> = F | (() => F | undefined);

/** The options of `topic$` with `latest: true` as the default, so that a late signal starts with the last message. */
export interface TopicSignalOptions<V = unknown> extends Omit<TopicOptions<V>, 'ack' | 'buffer'> {
  /** The token of the client. Default: that of `provideMqtt()` without `withToken()`. */
  token?: InjectionToken<MqttClient>;
  /** The injector, for a call outside of an injection context. */
  injector?: Injector;
}

/** A signal that never throws. When its stream errors, it keeps its value, and the `ErrorHandler` of Angular gets the error. */
export type TopicSignal<T> = Signal<T> & {
  /** Why no more messages arrive for these filters: the broker refused them, or the client is closed. Otherwise undefined. */
  readonly error: Signal<MqttError | undefined>;
};

/** What a stream of a topic has come to. */
interface TopicState<T> {
  readonly filters: Filters | undefined;
  readonly value: T;
  /** Whether the stream has emitted since it was subscribed. */
  readonly hasEmitted: boolean;
  readonly error?: MqttError;
}

/** What follows a topic, until its injector is destroyed. */
export interface FollowedTopic<T> {
  readonly state: Signal<TopicState<T>>;
  /** Subscribes again. The value stays until the next one. Returns false, and does nothing, if there is no filter or no injector any more. */
  readonly restart: () => boolean;
}

/**
 * Follows the stream that `accumulate` makes from the messages. When the filters change, the subscription changes, and the value is
 * `initial` again, even if it is read before the new subscription. A client that is opened again is subscribed again.
 */
export function followTopic<T>(
  source: TopicSource<Filters>,
  { token = MQTT_CLIENT, injector = inject(Injector), ...options }: TopicSignalOptions,
  initial: T,
  accumulate: (message$: Observable<MqttMessage>, client: MqttClient) => Observable<T>,
): FollowedTopic<T> {
  return runInInjectionContext(injector, () => {
    const client = outsideOf(inject(token));
    const errorHandler = inject(ErrorHandler);
    const zone = inject(NgZone);
    const latest = signal<TopicState<T>>({ filters: undefined, value: initial, hasEmitted: false });
    const whenOpen = { delay: () => reopened$(client) };

    // A route lingers to the end of its turn, and UNSUBSCRIBE is sent at the end of the next one. Who subscribes before that keeps the
    // subscription, and the broker sends nothing again.
    const follow = (filters: Filters, isAgain: boolean): (() => void) =>
      zone.runOutsideAngular(() => {
        let hasEmitted = false;
        const valueNow = () => (latest().filters === filters ? latest().value : initial);
        const failed = (error: unknown) => {
          latest.set({ filters, value: untracked(valueNow), hasEmitted, error: error as MqttError });
          errorHandler.handleError(error);
        };
        const topic$ = defer(() => client.topic$(filters, { latest: true, ...options }));
        const later$ = topic$.pipe(subscribeOn(asapScheduler), subscribeOn(asapScheduler));
        const message$ = (isAgain ? later$ : topic$).pipe(tap({ error: failed }), retry(whenOpen), repeat(whenOpen));
        const next = (value: T) => latest.set({ filters, value, hasEmitted: (hasEmitted = true) });
        const subscription = accumulate(message$, client).subscribe({ next, error: failed });
        return () => zone.runOutsideAngular(() => subscription.unsubscribe());
      });

    const filters = typeof source === 'function' ? computed(source, { equal: sameFilters }) : () => source;
    const round = signal(0);
    let followedRound = 0;
    let leave: (() => void) | undefined;
    const followNow = (wanted: Filters | undefined, nowRound: number) => {
      leave?.();
      leave = wanted === undefined ? undefined : follow(wanted, nowRound !== followedRound);
      followedRound = nowRound;
    };
    if (typeof source !== 'function') followNow(source, 0);
    else {
      effect(() => {
        const nowRound = round();
        const wanted = filters();
        untracked(() => followNow(wanted, nowRound));
      });
    }
    let isDestroyed = false;
    inject(DestroyRef).onDestroy(() => {
      isDestroyed = true;
      leave?.();
    });

    const state = computed(() => {
      const wanted = filters();
      return latest().filters === wanted ? latest() : { filters: wanted, value: initial, hasEmitted: false };
    });
    const restart = () => {
      if (isDestroyed || untracked(filters) === undefined) return false;
      latest.update(({ filters: followed, value }) => ({ filters: followed, value, hasEmitted: false }));
      round.update(last => last + 1);
      if (typeof source !== 'function') followNow(source, untracked(round));
      return true;
    };
    return { state, restart };
  });
}

/** Returns the last value of the stream that `accumulate` makes from the messages; see {@link followTopic}. */
export function topicSignal<T>(
  source: TopicSource<Filters>,
  options: TopicSignalOptions,
  initial: T,
  accumulate: (message$: Observable<MqttMessage>, client: MqttClient) => Observable<T>,
): TopicSignal<T> {
  const { state } = followTopic(source, options, initial, accumulate);
  return Object.assign(
    computed(() => state().value),
    { error: computed(() => state().error) },
  );
}

function sameFilters(a: Filters | undefined, b: Filters | undefined): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((f, i) => f === b[i]));
}
