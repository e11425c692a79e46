import { expect } from 'chai';
import { catchError, map, of } from 'rxjs';
import { mqttMarbles } from '../../support/marbles.js';
import { heard } from '../../semantics/support.js';
import { at, brokers, client, received } from './support.js';

describe('M9: maximumQoS of each server', () => {
  it(
    'lowers what is subscribed and what waits, for the server that it goes to, and back; results say what was sent [S165]',
    mqttMarbles(({ expectTimeline }) => {
      const { a, b, transport } = brokers({ a: {}, b: {} });
      a.inject({ fault: 'cut', packet: 'publish' });
      const mqtt = client(
        [
          { url: 'mqtt://a', options: { maximumQoS: 1 } },
          { url: 'mqtt://b', options: { maximumQoS: 0 } },
        ],
        { transport },
        20,
      );
      const results: string[][] = [];
      const publish = (topic: string) =>
        results.push(
          heard(
            mqtt.publish(topic, 'x', { qos: 2 }),
            ({ qos, requestedQoS, reached, packetId = 0 }) =>
              `${topic} q${qos}/${requestedQoS} ${reached} #${packetId}`,
          ),
        );
      at(0, () => mqtt.topic$('t', { qos: 2 }).subscribe());
      at(0, () => publish('lost')); // as QoS 1 to a, which hangs up: as QoS 0 to b
      at(5, () => publish('late'));
      at(6, () => b.cut());
      at(6, () => publish('waits'));
      expectTimeline(received(a)).toBe(
        '0 CONNECT v5',
        '0 SUBSCRIBE #1 t:1',
        // the PUBLISH, at which the connection is cut, does not arrive
        '7 CONNECT v5',
        '7 SUBSCRIBE #4 t:1',
        '7 PUBLISH q1 #5 waits',
        '20 DISCONNECT',
      );
      expectTimeline(received(b)).toBe('1 CONNECT v5', '1 SUBSCRIBE #3 t:0', '1 PUBLISH q0 lost', '5 PUBLISH q0 late');
      at(19, () =>
        expect(results).to.deep.equal([
          ['lost q0/2 acknowledged #0', '|'],
          ['late q0/2 acknowledged #0', '|'],
          ['waits q1/2 acknowledged #5', '|'],
        ]),
      );
    }),
  );

  it(
    'may come from perAttempt; what the session holds otherwise is subscribed anew, and what is in flight stays as it went out [S165]',
    mqttMarbles(({ expectTimeline }) => {
      const { a, transport } = brokers({ a: {} });
      a.inject({ fault: 'drop', packet: 'pubrec' });
      const maxima = [2, 1] as const;
      let attempt = 0;
      const mqtt = client(
        ['mqtt://a'],
        { transport, clean: false, clientId: 'me', perAttempt: () => of({ maximumQoS: maxima[attempt++]! }) },
        20,
      );
      const results: string[][] = [];
      const publish = (topic: string) =>
        results.push(
          heard(mqtt.publish(topic, 'x', { qos: 2 }), ({ qos, requestedQoS }) => `${topic} q${qos}/${requestedQoS}`),
        );
      at(0, () => mqtt.topic$('t', { qos: 2 }).subscribe());
      at(0, () => publish('first'));
      at(5, () => a.cut());
      at(5, () => publish('then'));
      expectTimeline(received(a)).toBe(
        '0 CONNECT v5 resume',
        '0 SUBSCRIBE #1 t:2',
        '0 PUBLISH q2 #2 first',
        '6 CONNECT v5 resume',
        '6 SUBSCRIBE #3 t:1',
        '6 PUBLISH q2 #2 dup first',
        '6 PUBLISH q1 #4 then',
        '6 PUBREL #2',
        '20 DISCONNECT',
      );
      at(19, () =>
        expect(results).to.deep.equal([
          ['first q2/2', '|'],
          ['then q1/2', '|'],
        ]),
      );
    }),
  );

  it(
    'above the Maximum QoS of the broker is an error all the same, and says what to set [S165]',
    mqttMarbles(() => {
      const { transport } = brokers({ a: { connack: { maximumQoS: 0 } } });
      const mqtt = client([{ url: 'mqtt://a', options: { maximumQoS: 1 } }], { transport }, 20);
      const log = heard(
        mqtt.publish('t', 'x', { qos: 2 }).pipe(
          map(() => 'sent'),
          catchError((error: unknown) => of((error as Error).message)),
        ),
        text => text,
      );
      at(19, () => expect(log[0]).to.include("the message asks for 1; set option 'maximumQoS' to 0"));
    }),
  );

  it(
    'QoS 1 that is lowered to 0 waits for a connection as QoS 1 does, also where the link had not taken it [S165]',
    mqttMarbles(({ expectTimeline }) => {
      const { a, transport } = brokers({ a: {} });
      a.inject({ fault: 'unreachable' });
      const mqtt = client(['mqtt://a'], { transport, maximumQoS: 0 }, 20);
      const log = heard(mqtt.publish('t', 'x', { qos: 1 }), ({ qos, reached }) => `q${qos} ${reached}`);
      at(3, () => {
        a.cut();
        mqtt.publish('u', 'x', { qos: 1 }).subscribe(({ qos }) => log.push(`u q${qos}`));
      });
      expectTimeline(received(a)).toBe(
        '1 CONNECT v5',
        '1 PUBLISH q0 t',
        '4 CONNECT v5',
        '4 PUBLISH q0 u',
        '20 DISCONNECT',
      );
      at(19, () => expect(log).to.deep.equal(['q0 acknowledged', '|', 'u q0']));
    }),
  );
});
