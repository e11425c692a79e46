import { expect } from 'chai';
import { Observable, Subject, map, noop, switchMap, take, takeUntil, timer } from 'rxjs';
import { LatestMessages } from '../../../src/client/topics/latest-messages.js';
import { MqttMessage, json } from '../../../src/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, publish, suback, unsuback } from '../../support/packets.js';
import { inWords, topicFrom } from './support.js';

const a = connack();
const s = suback(1, 1);
const script = {
  a,
  s,
  b: publish('d/1', { payload: 'one', retain: true }),
  c: publish('d/2', { payload: 'two' }),
  d: publish('d/1', { payload: 'uno' }),
  e: publish('d/1'),
  f: publish('d/3', { payload: 'three' }),
};
const latest = { latest: true };

describe('topic$ with latest', () => {
  it(
    'late subscribers of a shared filter first get the last message of every topic, retained or not, in order of arrival [S26]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-as-bcd--f'], script), {}, 20);
      expectTimeline(topicFrom(0, mqtt, 'd/+', latest)).toBe(
        '4 d/1=one',
        '5 d/2=two',
        '6 d/1=uno',
        '9 d/3=three',
        '20 |',
      );
      expectTimeline(topicFrom(8, mqtt, 'd/+', latest)).toBe('8 d/2=two', '8 d/1=uno', '9 d/3=three', '20 |');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 SUBSCRIBE #1 d/+:1', '20 DISCONNECT');
    }),
  );

  it(
    'who subscribes in the turn in which the last subscriber leaves gets them, too, because the broker sends nothing again [S22] [S26]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-as-bc------u'], { ...script, u: unsuback(2, 0) }), {}, 20);
      const views$ = timer(0, 8).pipe(
        take(2),
        switchMap(() => mqtt.topic$('d/+', latest)),
        map(inWords),
        takeUntil(timer(10)),
      );
      expectTimeline(views$).toBe('4 d/1=one', '5 d/2=two', '8 d/1=one', '8 d/2=two', '10 |');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 SUBSCRIBE #1 d/+:1', '10 UNSUBSCRIBE #2 d/+', '20 DISCONNECT');
    }),
  );

  it(
    'a message keeps what it came with: retain flag, properties, params, the decoded value',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const properties = { correlationData: Buffer.of(7), contentType: 'json' };
      const m = publish('d/1', { payload: '[1]', retain: true, properties });
      const mqtt = client(broker(['-as-m'], { ...script, m }), {}, 20);
      const words = ({ retain, params, value, properties: { contentType, correlationData } }: MqttMessage) =>
        JSON.stringify([retain, params, value, contentType, correlationData?.[0]]);
      const options = { ...latest, decode: json<number[]>() };
      const all = '[true,{"id":"1"},[1],"json",7]';
      expectTimeline(topicFrom(0, mqtt, 'd/+id', options, 10, words)).toBe(`4 ${all}`, '10 |');
      expectTimeline(topicFrom(6, mqtt, 'd/+id', options, 10, words)).toBe(`6 ${all}`, '10 |');
    }),
  );

  it(
    'an empty payload removes its topic; those who are there hear it',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as-bce'], script), {}, 20);
      expectTimeline(topicFrom(0, mqtt, 'd/+', latest)).toBe('4 d/1=one', '5 d/2=two', '6 d/1=', '20 |');
      expectTimeline(topicFrom(8, mqtt, 'd/+', latest)).toBe('8 d/2=two', '20 |');
    }),
  );

  it(
    'an empty payload removes its topic also where it cannot be decoded',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const n = publish('d/1', { payload: '1' });
      const mqtt = client(broker(['-as-ne'], { ...script, n }), {}, 20);
      const options = { ...latest, decode: json() };
      expectTimeline(topicFrom(0, mqtt, 'd/+', options)).toBe('4 d/1=1', '20 |');
      expectTimeline(topicFrom(8, mqtt, 'd/+', options)).toBe('20 |');
    }),
  );

  it(
    'its memory is bounded: the topic that has been silent longest goes first',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as-bcdf'], script), {}, 20);
      expectTimeline(topicFrom(0, mqtt, 'd/+', { latest: { max: 2 } }, 10)).toBe(
        '4 d/1=one',
        '5 d/2=two',
        '6 d/1=uno',
        '7 d/3=three',
        '10 |',
      );
      expectTimeline(topicFrom(9, mqtt, 'd/+', { latest: { max: 2 } })).toBe('9 d/1=uno', '9 d/3=three', '20 |');
    }),
  );

  it(
    'is kept while the route lingers, and gone with it',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as-b--c----u'], { ...script, u: unsuback(2, 0) }), {}, 30);
      const options = { latest: true, linger: 5 };
      expectTimeline(topicFrom(0, mqtt, 'd/+', options, 5)).toBe('4 d/1=one', '5 |');
      expectTimeline(topicFrom(8, mqtt, 'd/+', options).pipe(take(2))).toBe('8 d/1=one', '8 d/2=two', '8 |');
      expectTimeline(topicFrom(20, mqtt, 'd/+', options)).toBe('30 |');
    }),
  );

  it(
    'who subscribes in the middle of a message hears it once',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-as-b--c'], script), {}, 20);
      const late: string[] = [];
      let subscribed = false;
      act('s', {
        s: () =>
          mqtt.topic$('d/+', latest).subscribe(() => {
            if (subscribed) return;
            subscribed = true;
            mqtt.topic$('d/+', latest).subscribe(message => late.push(inWords(message)));
          }),
      });
      expectTimeline(timer(10).pipe(map(() => late.join()))).toBe('10 d/1=one,d/2=two', '10 |');
    }),
  );

  it(
    'take(1) and the like end the replay',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as-bc'], script), {}, 20);
      expectTimeline(topicFrom(0, mqtt, 'd/+', latest, 10)).toBe('4 d/1=one', '5 d/2=two', '10 |');
      expectTimeline(topicFrom(8, mqtt, 'd/+', latest).pipe(take(1))).toBe('8 d/1=one', '8 |');
    }),
  );

  it(
    'the payload kept is a copy: it does not pin the chunk in which it came',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const properties = { correlationData: Buffer.of(7) };
      const m = publish('d/1', { payload: 'x'.repeat(100), properties });
      const mqtt = client(broker(['-as-m'], { ...script, m }), {}, 20);
      const room = ({ payload, properties: { correlationData } }: MqttMessage) =>
        [payload.buffer.byteLength, correlationData?.buffer.byteLength].join();
      expectTimeline(topicFrom(0, mqtt, 'd/1', latest, 10, room)).toBe('4 100,1', '10 |');
      expectTimeline(topicFrom(6, mqtt, 'd/1', latest, 10, room)).toBe('6 100,1', '10 |');
    }),
  );

  it('what comes during the replay comes after it', () => {
    const kept = new LatestMessages(10);
    const live$ = new Subject<MqttMessage>();
    const message = (topic: string) => new MqttMessage(topic, Uint8Array.of(1), 0, false, false);
    kept.store(message('old'));
    kept.store(message('older'));
    const heard: string[] = [];
    const yielding = { now: () => 0, nextTurn: noop };
    new Observable<MqttMessage>(subscriber => kept.replay(live$, subscriber, yielding)).subscribe(({ topic }) => {
      heard.push(topic);
      if (topic === 'old') live$.next(message('new'));
    });
    live$.next(message('newer'));
    expect(heard).to.deep.equal(['old', 'older', 'new', 'newer']);
  });
});
