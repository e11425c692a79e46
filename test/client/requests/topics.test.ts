import { expect } from 'chai';
import { concatMap, map } from 'rxjs';
import type { MqttError, RequestTopics } from '../../../src/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, publish, suback } from '../../support/packets.js';
import { exchanges, fixed, idOf, me, reply, requestAt } from './support.js';

const a = connack();
const s = suback(1, 1);
const filter = 'rxjs-mqtt/reply/me/+';

/** As ThingsBoard has them. */
const thingsBoard: RequestTopics = {
  requestTopic: (topic, _requester, id) => `${topic}/request/${id}`,
  replyTopic: requestTopic => requestTopic.replace('/request/', '/response/'),
};

describe('requests by topics', () => {
  it(
    'in 3.1.1 the request says by its topic where the reply goes',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const script = {
        a,
        s,
        x: publish(`rxjs-mqtt/reply/me/${idOf(2)}`, { payload: 'b' }),
        y: publish(`rxjs-mqtt/reply/me/${idOf(1)}`, { payload: 'a' }),
        z: publish(`rxjs-mqtt/reply/me/${idOf(9)}`, { payload: 'c' }),
      };
      const mqtt = client(broker(['-as-xyz'], script, 4), { ...me, protocolVersion: 4 }, 20);
      expectTimeline(requestAt(0, mqtt, 'one')).toBe('5 a', '5 |');
      expectTimeline(requestAt(0, mqtt, 'two')).toBe('4 b', '4 |');
      expectTimeline(mqtt.unrouted$.pipe(map(message => message.text()))).toBe('6 c');
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v4',
        `1 SUBSCRIBE #1 ${filter}:1`,
        `2 PUBLISH q1 #2 one/request/me/${idOf(1)}`,
        `2 PUBLISH q1 #3 two/request/me/${idOf(2)}`,
        '20 DISCONNECT',
      );
    }),
  );

  it(
    'in 3.1.1 the responder answers by it',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const script = { a, s, x: publish('lamp/7/get/request/you/1', { payload: 'a' }) };
      const mqtt = client(broker(['-asx'], script, 4), { protocolVersion: 4 }, 20);
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v4',
        '1 SUBSCRIBE #1 lamp/+/get/request/+/+:1',
        '3 PUBLISH q1 #2 rxjs-mqtt/reply/you/1',
        '20 DISCONNECT',
      );
      expectTimeline(exchanges(mqtt)).toBe('3 rxjs-mqtt/reply/you/1 7');
      mqtt.respond('lamp/+id/get', ({ params }) => params.id).subscribe();
    }),
  );

  it(
    'a requester of 5.0 can ask by topics, and a responder answer by topics',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const script = { a, s: suback(1, 1, 1), x: publish('t/request/you/1') };
      const mqtt = client(broker(['-a-s--x'], script), me, 20);
      expectTimeline(requestAt(0, mqtt, 'q', { convention: 'topics', timeout: 15 })).toBe('15 # REQUEST_TIMEOUT');
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 t/request/+/+:1 rxjs-mqtt/reply/me/+:1',
        `3 PUBLISH q1 #2 q/request/me/${idOf(1)}`,
        '6 PUBLISH q1 #3 rxjs-mqtt/reply/you/1',
        '20 DISCONNECT',
      );
      mqtt.respond('t', () => 'yes', { convention: 'topics' }).subscribe();
    }),
  );

  it(
    'other topics, the same on both sides',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const script = {
        a,
        s: suback(1, 1, 1),
        x: publish('v1/me/rpc/request/5', { payload: 'a' }),
        y: publish(`v1/you/rpc/response/${idOf(1)}`, { payload: 'b' }),
      };
      const options = { convention: thingsBoard };
      const mqtt = client(broker(['-as-xy'], script, 4), { ...me, protocolVersion: 4 }, 20);
      expectTimeline(exchanges(mqtt)).toBe(`2 v1/you/rpc/request/${idOf(1)} x`, '4 v1/me/rpc/response/5 A');
      expectTimeline(requestAt(0, mqtt, 'v1/you/rpc', options)).toBe('5 b', '5 |');
      mqtt.respond('v1/me/rpc', request => request.text().toUpperCase(), options).subscribe();
    }),
  );

  it(
    'a broker that makes up a client id without telling it: a name of our own',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-a'], { a }, 4), { clientId: '', protocolVersion: 4 }, 5);
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v4',
        '1 SUBSCRIBE #1 rxjs-mqtt/reply/ffffffffffffffff/+:1',
        '5 DISCONNECT',
      );
      expectTimeline(requestAt(0, mqtt, 't')).toBe('5 # CLIENT_CLOSED');
    }),
  );

  it(
    'a responder goes on by topics when the next server speaks 3.1.1 only',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const five = broker(['-as-x-#'], { a, s, x: publish('t', { properties: { responseTopic: 'r' } }) });
      const four = broker(['-a-x'], { a, x: publish('t/request/you/1') }, 4);
      let attempts = 0;
      const mqtt = client(
        target => (++attempts === 1 ? five(target) : four(target)),
        { ...me, perAttempt: () => [{ protocolVersion: attempts === 0 ? 5 : 4 }] },
        20,
      );
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 t:0',
        '4 PUBLISH q0 r',
        '9 CONNECT v4',
        '10 SUBSCRIBE #2 t/request/+/+:0',
        '12 PUBLISH q0 rxjs-mqtt/reply/you/1',
        '20 DISCONNECT',
      );
      mqtt.respond('t', () => 'yes', { qos: 0 }).subscribe();
    }),
  );

  it(
    'a request that waits takes the convention of the connection that it goes out on',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const five = broker(['-a-#'], { a });
      const four = broker(['-as-x'], { a, s: suback(2, 1, 1), x: publish(`rxjs-mqtt/reply/me/${idOf(1)}`) }, 4);
      let attempts = 0;
      const mqtt = client(
        target => (++attempts === 1 ? five(target) : four(target)),
        { ...me, reconnect: fixed, perAttempt: () => [{ protocolVersion: attempts === 0 ? 5 : 4 }] },
        20,
      );
      expectTimeline(requestAt(0, mqtt, 't')).toBe('10 ', '10 |');
      expectTimeline(sent(mqtt).pipe(map(words => words.replace(/UNSUB.*/, 'UNSUBSCRIBE')))).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 rxjs-mqtt/reply/me:1',
        '6 CONNECT v4',
        '7 SUBSCRIBE #2 rxjs-mqtt/reply/me:1 rxjs-mqtt/reply/me/+:1',
        `8 PUBLISH q1 #3 t/request/me/${idOf(1)}`,
        '20 DISCONNECT',
      );
    }),
  );

  describe('refuses', () => {
    const error = (options: object, version: 4 | 5 = 4) => {
      let seen: MqttError | undefined;
      mqttMarbles(({ broker, client }) => {
        const mqtt = client(broker(['-a'], { a }, version), { ...me, protocolVersion: version }, 5);
        mqtt.request('t', '', options).subscribe({ error: (thrown: unknown) => (seen ??= thrown as MqttError) });
      })();
      return `${seen?.code} ${seen?.message}`;
    };

    it('a responseTopic in 3.1.1', () => {
      expect(error({ responseTopic: 'r' }))
        .to.include('NOT_SUPPORTED')
        .and.include("'responseTopic' needs MQTT 5.0");
    });
    it('properties in 3.1.1, when told to use them', () => {
      expect(error({ convention: 'properties' })).to.include(
        "NOT_SUPPORTED cannot send the request to 't': the convention 'properties'",
      );
    });
    it('a convention that loses the id, or puts it beside the filter', () => {
      const lost = { ...thingsBoard, replyTopic: () => 'r' };
      expect(error({ convention: lost }))
        .to.include("INVALID_ARGUMENT option 'convention'")
        .and.include("'r'");
      const beside: RequestTopics = { ...thingsBoard, replyTopic: topic => (topic.endsWith('+') ? 'a/+' : topic) };
      expect(error({ convention: beside })).to.include("INVALID_ARGUMENT option 'convention'");
    });
    it('a convention that makes no topic', () => {
      const wild: RequestTopics = { ...thingsBoard, requestTopic: (topic, _, id) => `${topic}/+/${id}` };
      expect(error({ convention: wild }))
        .to.include('INVALID_ARGUMENT')
        .and.include('wildcard');
    });
    it('a convention that throws', () => {
      const throwing: RequestTopics = {
        ...thingsBoard,
        replyTopic: () => {
          throw new Error('no');
        },
      };
      expect(error({ convention: throwing })).to.equal("INVALID_ARGUMENT option 'convention' threw: no");
    });
    it(
      'a convention that throws fails a request that came, and not the responder',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const replyTopic = (topic: string) => {
          if (topic.endsWith('/1')) throw new Error('no');
          return `r/${topic}`;
        };
        const script = { a, s, x: publish('t/request/1'), y: publish('t/request/2') };
        const mqtt = client(broker(['-asxy'], script, 4), { protocolVersion: 4 }, 20);
        const responded$ = mqtt.respond('t', () => 'yes', { convention: { ...thingsBoard, replyTopic }, qos: 0 });
        expectTimeline(
          responded$.pipe(
            concatMap(r => [r.status === 'failed' ? r.error.code : r.status === 'replied' ? r.topic : '']),
          ),
        ).toBe('3 INVALID_ARGUMENT', '4 r/t/request/2', '20 |');
      }),
    );
    it(
      'a responder to # in 3.1.1',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const mqtt = client(broker(['-a'], { a }, 4), { protocolVersion: 4 }, 20);
        expectTimeline(mqtt.respond('t/#', () => 'yes').pipe(map(() => ''))).toBe('1 # INVALID_ARGUMENT');
      }),
    );
  });

  it(
    'a reply finds its request by correlation data only in its own inbox',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-asx'], { a, s, x: reply(1, 'stray', 'elsewhere') }), me, 20);
      expectTimeline(requestAt(0, mqtt, 't', { timeout: 5 })).toBe('5 # REQUEST_TIMEOUT');
      expectTimeline(mqtt.unrouted$.pipe(map(message => message.text()))).toBe('3 stray');
    }),
  );
});
