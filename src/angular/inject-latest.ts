import { assertInInjectionContext, assertNotInReactiveContext, computed } from '@angular/core';
import { defer, filter as where, map, merge } from 'rxjs';
import { LatestMessages } from '../client/topics/latest-messages.js';
import type { MqttMessage, TopicParams } from '../message.js';
import { type TopicSignal, type TopicSignalOptions, type TopicSource, topicSignal } from './topic-signal.js';

/**
 * Returns a signal with a list of the latest message of each matching topic, sorted by topic: for `'devices/+id/state'`, one message for
 * each device. An empty payload removes its topic from the list, as it deletes a retained message.
 *
 * The list contains at most `latest.max` topics (default 1,000); the topic without a message for the longest time is removed first. It is
 * made when you read it, not for each message. The filter may be a signal, and the signal has an `error`, as with `injectTopic()`.
 *
 * Call it in an injection context, or with the option `injector`.
 */
export function injectLatest<const F extends string | readonly string[], V = undefined>(
  filter: TopicSource<F>,
  options: TopicSignalOptions<V> = {},
): TopicSignal<readonly MqttMessage<V, TopicParams<F>>[]> {
  if (options.injector === undefined) assertInInjectionContext(injectLatest);
  assertNotInReactiveContext(injectLatest);
  const { latest } = options;
  const max = (typeof latest === 'object' ? latest.max : undefined) ?? 1000;
  const none = { kept: new LatestMessages(max) };
  const state = topicSignal(filter, options, none, (message$, client) =>
    defer(() => {
      const kept = new LatestMessages(max);
      // A codec may not decode an empty payload, which deletes its topic, so it is read from undecodable$.
      const deleted$ = client.undecodable$.pipe(
        map(({ message }) => message),
        where(({ payload }) => payload.length === 0),
      );
      return merge(message$, deleted$).pipe(
        map(message => {
          kept.store(message);
          return { kept };
        }),
      );
    }),
  );
  const list = computed(() => state().kept.all.sort(byTopic) as MqttMessage<V, TopicParams<F>>[]);
  return Object.assign(list, { error: state.error });
}

const byTopic = (a: MqttMessage, b: MqttMessage): number => (a.topic < b.topic ? -1 : 1);
