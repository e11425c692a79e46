import { assertInInjectionContext, assertNotInReactiveContext, computed } from '@angular/core';
import { defer, filter as where, map, merge } from 'rxjs';
import { LatestMessages } from '../client/topics/latest-messages.js';
import type { MqttMessage, TopicParams } from '../message.js';
import { type TopicSignal, type TopicSignalOptions, type TopicSource, topicSignal } from './topic-signal.js';

/**
 * The latest message of each topic that matches, as a signal of a list in the order of the topics: for `'devices/+id/state'` one of
 * each device. An empty payload takes its topic off the list, as it deletes a retained message.
 *
 * At the most `latest.max` topics are listed (default 1,000); the one that has been silent longest goes first. The list is made when
 * it is read, not for each message. The filter may be a signal, and errors are shown, as with `injectTopic()`.
 *
 * Runs in an injection context, or with the option `injector`.
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
      // an empty payload is nothing that a codec could decode
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
