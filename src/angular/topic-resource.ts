import { type Signal, assertInInjectionContext, assertNotInReactiveContext, computed } from '@angular/core';
import type { MqttError } from '../errors.js';
import type { MqttMessage, TopicParams } from '../message.js';
import { type TopicSignalOptions, type TopicSource, followTopic } from './topic-signal.js';

/**
 * How far a {@link TopicResource} has come. `'idle'`: its filter is undefined. `'loading'`: no message has come yet. `'resolved'`: it has one.
 * `'reloading'`: it was reloaded, and still has the message of before. `'error'`: no more messages come.
 */
export type TopicResourceStatus = 'idle' | 'loading' | 'reloading' | 'resolved' | 'error';

/** The latest message of a topic, in the shape of Angular's `Resource` (of Angular 20 and later). */
export interface TopicResource<T> {
  /** The message. Unlike that of other resources, it does not throw after an error: it keeps the last message. */
  readonly value: Signal<T>;
  readonly status: Signal<TopicResourceStatus>;
  /** Why no more messages come: the broker refused the filter, or the client is closed. Otherwise undefined. */
  readonly error: Signal<MqttError | undefined>;
  readonly isLoading: Signal<boolean>;
  /** Status and value, or status and error, in one object. */
  readonly snapshot: Signal<
    | { readonly status: Exclude<TopicResourceStatus, 'error'>; readonly value: T }
    | { readonly status: 'error'; readonly error: Error }
  >;
  /** Whether there is a message. */
  hasValue(this: T extends undefined ? this : never): this is TopicResource<Exclude<T, undefined>>;
  /** Whether there is a message. */
  hasValue(): boolean;
  /**
   * Subscribes again. If nothing else holds the subscription, the broker sends its retained message again. Returns false, and does nothing,
   * while there is no filter, and after the injector is destroyed.
   */
  reload(): boolean;
}

/**
 * Returns the latest message of a topic filter as a resource, with a status for the template: it is loading until the first message comes.
 *
 * The subscription ends when the injector (of a component or service) is destroyed. If the filter is a signal or a function of signals, the
 * subscription follows it, and the resource starts again from the beginning; while it is undefined, the resource is idle. A lost connection
 * is not an error, see `injectConnection()`.
 *
 * Call it in an injection context, or with the option `injector`.
 */
export function topicResource<const F extends string | readonly string[], V = undefined>(
  filter: TopicSource<F>,
  options?: TopicSignalOptions<V>,
): TopicResource<MqttMessage<V, TopicParams<F>> | undefined>;
export function topicResource(
  filter: TopicSource<string | readonly string[]>,
  options: TopicSignalOptions = {},
): TopicResource<MqttMessage | undefined> {
  if (options.injector === undefined) assertInInjectionContext(topicResource);
  assertNotInReactiveContext(topicResource);
  const { state, restart } = followTopic<MqttMessage | undefined>(filter, options, undefined, message$ => message$);

  const status = computed((): TopicResourceStatus => {
    const { filters, value, hasEmitted, error } = state();
    if (filters === undefined) return 'idle';
    if (error !== undefined) return 'error';
    if (hasEmitted) return 'resolved';
    return value === undefined ? 'loading' : 'reloading';
  });
  const value = computed(() => state().value);
  const error = computed(() => state().error);

  return {
    value,
    status,
    error,
    isLoading: computed(() => status() === 'loading' || status() === 'reloading'),
    snapshot: computed(() => {
      const now = status();
      return now === 'error' ? { status: now, error: error()! } : { status: now, value: value() };
    }),
    hasValue: () => value() !== undefined,
    reload: restart,
  } as TopicResource<MqttMessage | undefined>;
}
