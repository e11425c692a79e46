import { assertInInjectionContext, assertNotInReactiveContext } from '@angular/core';
import { scan } from 'rxjs';
import type { MqttMessage, TopicParams } from '../message.js';
import { type TopicSignal, type TopicSignalOptions, type TopicSource, topicSignal } from './topic-signal.js';

export interface TopicScanOptions<V, P, R> extends TopicSignalOptions<V> {
  initialValue: R;
  /** Called with each message. Return a new value, not the old one changed: signals compare by identity. */
  scan: (value: NoInfer<R>, message: MqttMessage<V, P>) => NoInfer<R>;
}

/**
 * The latest message of a topic filter, as a signal: undefined until there is one. With `scan` it is what that makes of all of them.
 *
 * The subscription lives as long as the injector (a component, a service). Where the filter is a signal, or a function that reads
 * signals, the subscription follows it, and the value begins anew.
 *
 * A signal is read once a change detection: of several messages in between the last one is seen. Where each counts, use `scan`,
 * `injectLatest()`, or `topic$`.
 *
 * Runs in an injection context, or with the option `injector`.
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
