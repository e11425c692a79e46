import { expect } from 'chai';
import { map } from 'rxjs';
import type { MqttError } from '../../../src/index.js';
import { virtualBroker } from '../../../src/testing/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { heard } from '../../semantics/support.js';
import { at, brokers, client, received } from './support.js';

const servers = [
  { url: 'mqtt://a', options: { clientId: 'first' } },
  { url: 'mqtt://b', options: { clientId: 'second' } },
];

describe('M3: servers with a client id each', () => {
  it(
    'what is in flight under one client id does not go, by its identifier, into the session of the other [S166]',
    mqttMarbles(({ expectTimeline }) => {
      const { a, b, transport } = brokers({ a: {}, b: {} });
      // no answer of a arrives; b keeps a session of that client id from before
      a.inject({ fault: 'drop', packet: 'puback' });
      a.inject({ fault: 'drop', packet: 'pubrec' });
      const before = client(servers.slice(1), { transport, clean: false }, 1);
      before.topic$('t', { qos: 1 }).subscribe();
      const mqtt = client(servers, { transport, clean: false, autoConnect: false }, 20);
      const log: string[] = [];
      at(3, () => {
        mqtt.connect().subscribe();
        mqtt.publish('one', 'x', { qos: 1 }).subscribe(({ packetId }) => log.push(`one #${packetId}`));
        mqtt
          .publish('two', 'x', { qos: 2 })
          .subscribe({ error: (error: unknown) => log.push(`two ${(error as MqttError).code}`) });
      });
      at(5, () => a.cut());
      expectTimeline(received(b)).toBe(
        '0 CONNECT v5 resume',
        '0 SUBSCRIBE #1 t:1',
        '1 DISCONNECT',
        '6 CONNECT v5 resume',
        '6 PUBLISH q1 #3 one',
        '20 DISCONNECT',
      );
      at(19, () => {
        expect(mqtt.connection).to.have.nested.property('connack.sessionPresent', true);
        expect(log).to.deep.equal(['two SESSION_LOST', 'one #3']);
      });
    }),
  );

  it(
    'a session that began clean is resumed when the client comes back to its server, with all that waits there [S167]',
    mqttMarbles(({ expectTimeline }) => {
      const { a, b, transport } = brokers({ a: {}, b: {} });
      const mqtt = client(servers, { transport, sessionExpiry: 60 }, 20);
      const got = heard(mqtt.topic$('t', { qos: 2 }), message => message.text());
      at(2, () => a.cut());
      at(4, () => {
        a.publish('t', 'at a', { qos: 2 });
        b.publish('t', 'at b', { qos: 2 });
      });
      at(6, () => b.cut());
      expectTimeline(received(a)).toBe(
        '0 CONNECT v5',
        '0 SUBSCRIBE #1 t:2',
        '7 CONNECT v5 resume',
        '7 PUBREC #1',
        '7 PUBCOMP #1',
        '20 DISCONNECT',
      );
      expectTimeline(received(b)).toBe('3 CONNECT v5', '3 SUBSCRIBE #2 t:2', '4 PUBREC #1', '4 PUBCOMP #1');
      at(19, () => expect(got).to.deep.equal(['at b', 'at a']));
    }),
  );

  it(
    'a QoS 2 message whose PUBREC was lost with the connection is not handed over again when its session is resumed [S167]',
    mqttMarbles(() => {
      const { a, b, transport } = brokers({ a: {}, b: {} });
      a.inject({ fault: 'cut', packet: 'pubrec' });
      const mqtt = client(servers, { transport, clean: false }, 20);
      const got = heard(mqtt.topic$('t', { qos: 2 }), message => message.text());
      at(2, () => a.publish('t', 'once', { qos: 2 }));
      at(6, () => b.cut());
      at(19, () => {
        expect(mqtt.connection).to.include({ url: 'mqtt://a' });
        expect(got).to.deep.equal(['once']);
        expect(a.sessions).to.deep.equal([
          { clientId: 'first', connected: true, filters: ['t'], queued: 0, inFlight: 0 },
        ]);
      });
    }),
  );

  it(
    'a message that a consumer had not answered comes again with its session [S167]',
    mqttMarbles(() => {
      const { a, b, transport } = brokers({ a: {}, b: {} });
      const mqtt = client(servers, { transport, clean: false }, 20);
      const got: string[] = [];
      mqtt.topic$('t', { qos: 2, ack: 'manual' }).subscribe(message => {
        got.push(message.text());
        if (got.length > 1) message.ack();
      });
      at(2, () => a.publish('t', 'again', { qos: 2 }));
      at(4, () => a.cut());
      at(6, () => b.cut());
      at(19, () => {
        expect(got).to.deep.equal(['again', 'again']);
        expect(a.sessions[0]).to.deep.include({ queued: 0, inFlight: 0 });
      });
    }),
  );

  it(
    'one client id at all of them is one session: what is in flight goes on where the broker says that it has it [S166]',
    mqttMarbles(({ expectTimeline }) => {
      const cluster = virtualBroker();
      cluster.inject({ fault: 'drop', packet: 'puback' });
      const options = { transport: cluster.transport, clientId: 'me', sessionExpiry: 60 };
      const mqtt = client(['mqtt://a', 'mqtt://b'], options, 20);
      const log = heard(mqtt.publish('t', 'x', { qos: 1 }), ({ packetId }) => `#${packetId}`);
      at(5, () => cluster.cut());
      expectTimeline(received(cluster)).toBe(
        '0 CONNECT v5',
        '0 PUBLISH q1 #1 t',
        '6 CONNECT v5 resume',
        '6 PUBLISH q1 #1 dup t',
        '20 DISCONNECT',
      );
      expectTimeline(
        mqtt.connection$.pipe(map(state => ('url' in state ? `${state.status} ${state.url}` : state.status))),
      ).toBe(
        '0 connecting mqtt://a',
        '0 connected mqtt://a',
        '5 reconnecting',
        '6 connecting mqtt://b',
        '6 connected mqtt://b',
        '20 disconnecting',
        '20 closed',
        '20 |',
      );
      at(19, () => expect(log).to.deep.equal(['#1', '|']));
    }),
  );
});
