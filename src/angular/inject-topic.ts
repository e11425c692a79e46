import { assertInInjectionContext, assertNotInReactiveContext } from '@angular/core';
import { scan } from 'rxjs';
import type { MqttMessage, TopicParams } from '../message.js';
import { type TopicSignal, type TopicSignalOptions, type TopicSource, topicSignal } from './topic-signal.js';

/** The options of `injectTopic()` with `scan`. */
export interface TopicScanOptions<V, P, R> extends TopicSignalOptions<V> {
  /** The value before the first message. */
  initialValue: R;
  /** Called with each message. Return a new value instead of changing the old one, because signals compare by identity. */
  scan: (value: NoInfer<R>, message: MqttMessage<V, P>) => NoInfer<R>;
}

/**
 * Returns the latest message of a topic filter as a signal, undefined before the first message. With `scan`, the signal holds the value
 * that `scan` returned last.
 *
 * The subscription ends when the injector (of a component or service) is destroyed. If the filter is a signal or a function of signals, the
 * subscription follows it, and the value starts again from the beginning.
 *
 * A template reads a signal once for each change detection, so it shows only the last of several messages in between. If each message
 * counts, use `scan`, `injectLatest()` or `topic$`.
 *
 * Call it in an injection context, or with the option `injector`.
 */
export function injectTopic<const F extends string | readonly string[], R, V = undefined>(
  filter: TopicSource<F>,
  options: TopicScanOptions<V, TopicParams<F>, R>,
): TopicSignal<R>;
export function injectTopic<const F extends string | readonly string[], V = undefined>(
  filter: TopicSource<F>,
  options?: TopicSignalOptions<V>,
): TopicSignal<MqttMessage<V, TopicParams<F>> | undefined>;
export function injectTopic(
  filter: TopicSource<string | readonly string[]>,
  options: TopicSignalOptions & Partial<TopicScanOptions<unknown, never, unknown>> = {},
): TopicSignal<unknown> {
  if (options.injector === undefined) assertInInjectionContext(injectTopic);
  assertNotInReactiveContext(injectTopic);
  const { scan: accumulate = last, initialValue, ...rest } = options;
  return topicSignal(filter, rest, initialValue, message$ =>
    message$.pipe(scan((value, message) => accumulate(value, message as MqttMessage<unknown, never>), initialValue)),
  );
}

const last = (_: unknown, message: unknown): unknown => message;
