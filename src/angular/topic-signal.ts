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
import { type Observable, defer, repeat, retry, tap } from 'rxjs';
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

interface State<T> {
  readonly filters: Filters | undefined;
  readonly value: T;
  readonly error?: MqttError;
}

/**
 * Returns the last value of the stream that `accumulate` makes from the messages. When the filters change, the subscription changes, and
 * the signal returns `initial` again, even if it is read before the new subscription. A client that is opened again is subscribed again.
 */
export function topicSignal<T>(
  source: TopicSource<Filters>,
  { token = MQTT_CLIENT, injector = inject(Injector), ...options }: TopicSignalOptions,
  initial: T,
  accumulate: (message$: Observable<MqttMessage>, client: MqttClient) => Observable<T>,
): TopicSignal<T> {
  return runInInjectionContext(injector, () => {
    const client = outsideOf(inject(token));
    const errorHandler = inject(ErrorHandler);
    const zone = inject(NgZone);
    const state = signal<State<T>>({ filters: undefined, value: initial });
    const whenOpen = { delay: () => reopened$(client) };

    const follow = (filters: Filters): (() => void) =>
      zone.runOutsideAngular(() => {
        let value = initial;
        const failed = (error: unknown) => {
          state.set({ filters, value, error: error as MqttError });
          errorHandler.handleError(error);
        };
        const message$ = defer(() => client.topic$(filters, { latest: true, ...options })).pipe(
          tap({ error: failed }),
          retry(whenOpen),
          repeat(whenOpen),
        );
        const next = (made: T) => state.set({ filters, value: (value = made) });
        const subscription = accumulate(message$, client).subscribe({ next, error: failed });
        return () => zone.runOutsideAngular(() => subscription.unsubscribe());
      });

    const filters = typeof source === 'function' ? computed(source, { equal: sameFilters }) : () => source;
    if (typeof source !== 'function') inject(DestroyRef).onDestroy(follow(source));
    else {
      effect(onCleanup => {
        const wanted = filters();
        if (wanted !== undefined) onCleanup(untracked(() => follow(wanted)));
      });
    }

    const current = computed<Omit<State<T>, 'filters'>>(() => {
      const { filters: followed, ...rest } = state();
      return followed === filters() ? rest : { value: initial };
    });
    return Object.assign(
      computed(() => current().value),
      { error: computed(() => current().error) },
    );
  });
}

function sameFilters(a: Filters | undefined, b: Filters | undefined): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((f, i) => f === b[i]));
}
