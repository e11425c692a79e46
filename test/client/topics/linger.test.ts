import {
  type SchedulerAction,
  type SchedulerLike,
  type Subscription,
  asyncScheduler,
  filter,
  map,
  retry,
  take,
  timer,
} from 'rxjs';
import type { TopicOptions } from '../../../src/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, publish, suback, unsuback } from '../../support/packets.js';
import { inWords, topicFrom } from './support.js';

const a = connack();
const m = publish('t', { payload: 'hello' });
const linger: TopicOptions = { linger: 5 };

/** A scheduler that tells how many of its actions with such a delay are to come. */
function watched(inner: SchedulerLike) {
  const actions: [delay: number, action: Subscription][] = [];
  const scheduler: SchedulerLike = {
    now: () => inner.now(),
    schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T) {
      const action = inner.schedule(work, delay, state as T);
      actions.push([delay, action]);
      return action;
    },
  };
  return {
    scheduler,
    pending: (ms: number) => actions.filter(([delay, { closed }]) => delay === ms && !closed).length,
  };
}

describe('topic$ with linger', () => {
  it(
    'UNSUBSCRIBE goes out only so long after the last subscriber [S20]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-as-----------u'], { a, s: suback(1, 1), u: unsuback(2, 0) }), {}, 30);
      expectTimeline(topicFrom(0, mqtt, 't', linger, 4)).toBe('4 |');
      expectTimeline(topicFrom(0, mqtt, 't', linger, 8)).toBe('8 |');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 SUBSCRIBE #1 t:1', '13 UNSUBSCRIBE #2 t', '30 DISCONNECT');
    }),
  );

  it(
    'no UNSUBSCRIBE/SUBSCRIBE churn when a view changes: who comes in time finds the route alive, and the time begins anew',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-as------m'], { a, s: suback(1, 1), m }), {}, 30);
      expectTimeline(topicFrom(0, mqtt, 't', linger, 4)).toBe('4 |');
      expectTimeline(topicFrom(8, mqtt, 't', linger, 11)).toBe('9 t=hello', '11 |');
      expectTimeline(topicFrom(15, mqtt, 't', linger, 17)).toBe('17 |');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 SUBSCRIBE #1 t:1', '22 UNSUBSCRIBE #2 t', '30 DISCONNECT');
    }),
  );

  it(
    'what comes meanwhile belongs to the route: it is not unrouted',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as---m-----m'], { a, s: suback(1, 1), m }), {}, 30);
      expectTimeline(topicFrom(0, mqtt, 't', linger, 4)).toBe('4 |');
      expectTimeline(mqtt.unrouted$.pipe(map(inWords))).toBe('12 t=hello');
    }),
  );

  it(
    'a stream that lingers is subscribed again after a lost session, and has no say in what others of its filter do',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const script = { a, s: suback(1, 1), t: suback(2, 1) };
      const reconnect = { initial: 1, jitter: 'none' } as const;
      const mqtt = client(broker(['-as--#', '-at'], script), { reconnect }, 40);
      expectTimeline(topicFrom(0, mqtt, 't', { linger: 20 }, 4)).toBe('4 |');
      expectTimeline(topicFrom(0, mqtt, 't', {}, 10)).toBe('10 |');
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 t:1',
        '6 CONNECT v5',
        '7 SUBSCRIBE #2 t:1',
        '24 UNSUBSCRIBE #3 t',
        '40 DISCONNECT',
      );
    }),
  );

  it(
    'disconnect() does not wait for it, and leaves no timer',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const { scheduler, pending } = watched(asyncScheduler);
      const mqtt = client(broker(['-as'], { a, s: suback(1, 1) }), { scheduler }, 30);
      expectTimeline(topicFrom(0, mqtt, 't', { linger: 500 }, 4)).toBe('4 |');
      const seen: number[] = [];
      const look = () => seen.push(pending(500));
      act('-----l', { l: look });
      mqtt.connection$.pipe(filter(({ status }) => status === 'closed')).subscribe(() => timer(0).subscribe(look));
      act('------d', { d: () => mqtt.disconnect().subscribe() });
      expectTimeline(timer(10).pipe(map(() => seen.join()))).toBe('10 1,0', '10 |');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 SUBSCRIBE #1 t:1', '6 DISCONNECT');
    }),
  );

  it(
    'refused, and subscribed anew at once: the failed route is not found again',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-as-t--m'], { a, s: suback(1, 0x87), t: suback(2, 1), m }), {}, 30);
      expectTimeline(topicFrom(0, mqtt, 't', linger).pipe(retry(1))).toBe('7 t=hello', '30 |');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 SUBSCRIBE #1 t:1', '2 SUBSCRIBE #2 t:1', '30 DISCONNECT');
    }),
  );

  it(
    'nothing lingers of a stream that was refused',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-as--t---m'], { a, s: suback(1, 0x87), t: suback(2, 1), m }), {}, 30);
      expectTimeline(topicFrom(0, mqtt, 't', linger)).toBe('2 # SUBSCRIBE_REFUSED');
      expectTimeline(topicFrom(4, mqtt, 't', linger).pipe(take(1))).toBe('9 t=hello', '9 |');
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 t:1',
        '4 SUBSCRIBE #2 t:1',
        '14 UNSUBSCRIBE #3 t',
        '30 DISCONNECT',
      );
    }),
  );
});
