import { expect } from 'chai';
import { EMPTY, Subject, asyncScheduler, map, mergeMap, retry, tap, throwError, timer } from 'rxjs';
import type { AckableMessage, Consumed, MqttOptions, MqttWarning } from '../../../src/index.js';
import { type MqttMarbles } from '../../../src/testing/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { onBroker } from '../../semantics/support.js';
import { answers, collect, flood } from './support.js';

const lasting = { clean: false, clientId: 'me', keepalive: 0 } as const;
const boom = () => throwError(() => new Error('boom'));
const words = ({ status, message, acknowledged }: Consumed) => `${message.text()} ${status} ${acknowledged}`;

/** A client on a broker, with its warnings, and a way to have messages of 't' published. */
function bench(helpers: MqttMarbles, options: MqttOptions = lasting, lifetime = 60_000) {
  const { broker, mqtt } = onBroker(helpers, options, lifetime);
  const warnings: MqttWarning[] = [];
  mqtt.warning$.subscribe(warning => warnings.push(warning));
  const publish = (...texts: string[]) => {
    for (const text of texts) broker.publish('t', text, { qos: 1 });
  };
  const acknowledged: string[] = [];
  answers(mqtt).subscribe(word => acknowledged.push(word));
  return { broker, mqtt, warnings, publish, acknowledged };
}

describe('messages that are left', () => {
  it(
    "onError 'leave': outcomes behind say 'pending', then true of the message itself [S81]; said within a second or so [S82]",
    mqttMarbles(helpers => {
      const { mqtt, warnings, publish, acknowledged } = bench(helpers);
      const outcomes: string[] = [];
      const messages: AckableMessage[] = [];
      mqtt
        .consume('t', message => (message.text() === 'a' ? boom() : undefined), { onError: 'leave' })
        .subscribe(outcome => {
          outcomes.push(words(outcome));
          messages.push(outcome.message);
        });
      helpers.act('- 5ms m 3s w 2s t', {
        m: () => publish('a', 'b', 'c'),
        w: () => {
          expect(outcomes).to.deep.equal(['a failed false', 'b done pending', 'c done pending']);
          expect(warnings.map(({ code }) => code)).to.deep.equal(['LEFT_UNACKNOWLEDGED']);
          expect(warnings[0]).to.deep.include({ left: 1, heldUp: 2 });
          expect(warnings[0]).to.have.nested.property('oldest.topic', 't');
          expect(warnings[0]).to.have.nested.property('oldest.age').within(1000, 1001);
          expect(warnings[0]!.message).to.match(/1 messages were left .* 2 acknowledgements wait/);
          expect(warnings[0]!.message).not.to.match(/leave\(\)/);
        },
        t: () => {
          expect(acknowledged).to.deep.equal([]);
          mqtt.topic$('t', { ack: 'manual' }).subscribe(message => message.ack());
        },
      });
      helpers.act('8s z', {
        z: () => {
          expect(acknowledged).to.deep.equal(['PUBACK #1', 'PUBACK #2', 'PUBACK #3']);
          expect(messages.map(message => message.acknowledged)).to.deep.equal([false, true, true]);
        },
      });
    }),
  );

  it(
    'is not said while a stream takes them soon; without anything behind them after ackWarnAfter, and once [S82]',
    mqttMarbles(helpers => {
      const { mqtt, warnings, publish } = bench(helpers, { ...lasting, ackWarnAfter: 5000 });
      mqtt.topic$('u').subscribe();
      const first = collect(mqtt, 't');
      let second: ReturnType<typeof collect>;
      helpers.act('- 5ms m----u 900ms s 5s v 4s w 4s x 20s z', {
        m: () => publish('a', 'b'),
        u: () => first.subscription.unsubscribe(),
        s: () => (second = collect(mqtt, 't')),
        v: () => second.subscription.unsubscribe(),
        w: () => expect(warnings).to.deep.equal([]),
        x: () => {
          expect(warnings).to.have.length(1);
          expect(warnings[0]).to.deep.include({ code: 'LEFT_UNACKNOWLEDGED', left: 2, heldUp: 0 });
        },
        z: () => expect(warnings).to.have.length(1),
      });
    }),
  );

  it(
    'ackWarnAfter: 0 says nothing',
    mqttMarbles(helpers => {
      const { mqtt, warnings, publish } = bench(helpers, { ...lasting, ackWarnAfter: 0 });
      mqtt.consume('t', boom, { onError: 'leave' }).subscribe();
      helpers.act('- 5ms m 50s z', {
        m: () => publish('a', 'b'),
        z: () => expect(warnings).to.deep.equal([]),
      });
    }),
  );

  it(
    'reconnectAfter: a new connection brings them again, in order, and only then [S83]',
    mqttMarbles(helpers => {
      const { broker, mqtt, publish, acknowledged } = bench(helpers);
      const outcomes: string[] = [];
      let failures = 2;
      mqtt
        .consume('t', message => (message.text() === 'b' && failures-- > 0 ? boom() : undefined), {
          onError: 'leave',
          reconnectAfter: 500,
        })
        .subscribe(outcome => outcomes.push(words(outcome)));
      const connections: number[] = [];
      broker.packet$.subscribe(({ packet, timestamp }) => {
        if (packet.cmd === 'connect') connections.push(timestamp);
      });
      helpers.act('- 5ms m 5s z', {
        m: () => publish('a', 'b', 'c'),
        z: () => {
          const first = ['b failed false', 'c done pending'];
          expect(outcomes).to.deep.equal(['a done true', ...first, ...first, 'b done true', 'c done true']);
          expect(connections).to.have.length(3);
          expect(connections[1]! - connections[0]!).to.be.within(500, 520);
          expect(acknowledged).to.deep.equal(['PUBACK #1', 'PUBACK #2', 'PUBACK #3']);
        },
      });
    }),
  );

  it(
    'reconnectAfter: a stream that takes them in time is enough; leave() by hand can say it too [S83]',
    mqttMarbles(helpers => {
      const { broker, mqtt, publish, acknowledged } = bench(helpers);
      let connections = 0;
      broker.packet$.subscribe(({ packet }) => (connections += Number(packet.cmd === 'connect')));
      const first = collect(mqtt, 't');
      helpers.act('- 5ms m--l 400ms s 2s z', {
        m: () => publish('a'),
        l: () => {
          expect(() => first.got[0]!.leave({ reconnectAfter: 0 }))
            .to.throw()
            .that.includes({ code: 'INVALID_ARGUMENT', subject: 'reconnectAfter' });
          expect(first.got[0]!.leave({ reconnectAfter: 500 })).to.equal(true);
        },
        s: () => mqtt.topic$('t', { ack: 'manual' }).subscribe(message => message.ack()),
        z: () => expect([connections, acknowledged]).to.deep.equal([1, ['PUBACK #1']]),
      });
    }),
  );

  it(
    'reconnectAfter: where the session ends with the connection nothing is reconnected, and that is said [S83]',
    mqttMarbles(helpers => {
      const { broker, mqtt, publish, warnings } = bench(helpers, { keepalive: 0 });
      let connections = 0;
      broker.packet$.subscribe(({ packet }) => (connections += Number(packet.cmd === 'connect')));
      mqtt.consume('t', boom, { onError: 'leave', reconnectAfter: 200 }).subscribe();
      helpers.act('- 5ms m 2s z', {
        m: () => publish('a', 'b'),
        z: () => {
          expect(connections).to.equal(1);
          const said = warnings.map(({ code, message }) => `${code} ${message.includes("reconnectAfter' does not")}`);
          expect(said).to.deep.equal(['MANUAL_ACK_CLEAN_SESSION false', 'MANUAL_ACK_CLEAN_SESSION true']);
        },
      });
    }),
  );

  for (const delay of [0, 1, 3000]) {
    it(
      `retry({ delay: ${delay} }) behind consume() takes over what was not answered, in order, on this connection [S80]`,
      mqttMarbles(helpers => {
        const { broker, mqtt, publish, acknowledged } = bench(helpers);
        const done: string[] = [];
        const tried: string[] = [];
        let failures = 2;
        mqtt
          .consume(
            't',
            message => {
              tried.push(message.text());
              return message.text() === '3' && failures-- > 0 ? timer(2).pipe(mergeMap(boom)) : timer(5);
            },
            { concurrency: 3, linger: 5000 },
          )
          .pipe(
            retry({ delay }),
            map(({ message }) => message.text()),
          )
          .subscribe(text => done.push(text));
        let connections = 0;
        broker.packet$.subscribe(({ packet }) => (connections += Number(packet.cmd === 'connect')));
        helpers.act('- 5ms m---l 20s z', {
          m: () => publish('1', '2', '3', '4', '5'),
          l: () => publish('6'),
          z: () => {
            expect(tried).to.deep.equal(['1', '2', '3', '1', '2', '3', '1', '2', '3', '4', '5', '6']);
            expect(done).to.deep.equal(['1', '2', '3', '4', '5', '6']);
            expect(acknowledged).to.deep.equal([1, 2, 3, 4, 5, 6].map(id => `PUBACK #${id}`));
            expect(connections).to.equal(1);
          },
        });
      }),
    );
  }

  it(
    'an automatic stream that comes, and unrouted$, do not stand in for the one that is to answer [S80]',
    mqttMarbles(helpers => {
      const { mqtt, publish, acknowledged } = bench(helpers);
      const shown: string[] = [];
      mqtt.unrouted$.subscribe(message => shown.push(message.text()));
      const first = collect(mqtt, 't', { qos: 1 });
      const automatic: string[] = [];
      helpers.act('- 5ms m---u----a 20s s 1s z', {
        m: () => publish('a'),
        u: () => first.subscription.unsubscribe(),
        a: () => mqtt.topic$('t').subscribe(message => automatic.push(message.text())),
        s: () => {
          expect([automatic, shown, acknowledged]).to.deep.equal([[], [], []]);
          mqtt.topic$('t', { ack: 'manual' }).subscribe(message => message.ack());
        },
        z: () => expect([automatic, shown, acknowledged]).to.deep.equal([[], [], ['PUBACK #1']]),
      });
    }),
  );

  it(
    'nor do they on the next connection: what comes again is left again, until somebody answers [S80]',
    mqttMarbles(helpers => {
      const { broker, mqtt, publish, acknowledged } = bench(helpers, { ...lasting, unrouted: 'acknowledge' });
      const shown: string[] = [];
      mqtt.unrouted$.subscribe(message => shown.push(message.text()));
      const first = collect(mqtt, 't', { qos: 1 });
      helpers.act('- 5ms m---u---c 20s a 1s c 20s s 1s z', {
        m: () => publish('a', 'b'),
        u: () => first.subscription.unsubscribe(),
        c: () => broker.cut(),
        a: () => mqtt.topic$('#').subscribe(),
        s: () => {
          expect([shown, acknowledged]).to.deep.equal([[], []]);
          mqtt.topic$('t', { ack: 'manual' }).subscribe(message => message.ack());
        },
        z: () => expect([shown, acknowledged]).to.deep.equal([[], ['PUBACK #1', 'PUBACK #2']]),
      });
    }),
  );

  it(
    'a stream that is to answer takes over what one left while another still works on it; both answers count [S80]',
    mqttMarbles(helpers => {
      const { mqtt, publish, acknowledged } = bench(helpers);
      const [first, second] = [collect(mqtt, 't'), collect(mqtt, 't')];
      let third: ReturnType<typeof collect>;
      helpers.act('- 5ms m---u---s---a---b', {
        m: () => publish('a'),
        u: () => first.subscription.unsubscribe(),
        s: () => (third = collect(mqtt, 't')),
        a: () => {
          expect(third.got).to.have.length(1);
          expect([third.got[0]!.ack(), third.got[0]!.acknowledged]).to.deep.equal([true, 'pending']);
        },
        b: () => {
          expect(acknowledged).to.deep.equal([]);
          expect(second.got[0]!.ack()).to.equal(true);
          expect(acknowledged).to.deep.equal(['PUBACK #1']);
        },
      });
    }),
  );

  it(
    'the next stream may come before the old one goes, in one turn [S80]',
    mqttMarbles(helpers => {
      const { mqtt, publish, acknowledged } = bench(helpers);
      const first = collect(mqtt, 't');
      helpers.act('- 5ms m---u', {
        m: () => publish('a', 'b'),
        u: () => {
          mqtt
            .topic$(['t', 'u'], { ack: 'manual' })
            .pipe(tap(message => message.ack()))
            .subscribe();
          first.subscription.unsubscribe();
        },
      });
      helpers.act('50ms z', { z: () => expect(acknowledged).to.deep.equal(['PUBACK #1', 'PUBACK #2']) });
    }),
  );

  it(
    'what comes while a manual stream lingers without a subscriber is left, not acknowledged, also after that [S33]',
    mqttMarbles(helpers => {
      const { mqtt, publish, acknowledged } = bench(helpers);
      const first = collect(mqtt, 't', { linger: 1000 });
      helpers.act('- 5ms u----m 20s s 1s z', {
        u: () => first.subscription.unsubscribe(),
        m: () => publish('a'),
        s: () => {
          expect(acknowledged).to.deep.equal([]);
          mqtt.topic$('t', { ack: 'manual' }).subscribe(message => message.ack());
        },
        z: () => expect(acknowledged).to.deep.equal(['PUBACK #1']),
      });
    }),
  );

  it(
    'their number is bounded: at 10,000 reading pauses, until a stream has taken them',
    mqttMarbles(({ client, act }) => {
      const { transport, seen } = flood({ version: 4, qos: 1, rate: 1000 });
      const mqtt = client(transport, { ...lasting, protocolVersion: 4, ackWarnAfter: 0 }, 200);
      const end$ = new Subject<void>();
      const first = mqtt.topic$('t', { ack: 'manual', linger: 1000 }).subscribe();
      asyncScheduler.schedule(() => first.unsubscribe());
      act('50ms a 50ms b', {
        a: () => {
          expect([seen.paused, seen.sent]).to.deep.equal([true, 10_000]);
          mqtt.consume('t', () => EMPTY, { linger: 1000 }).subscribe();
        },
        b: () => {
          expect(seen.paused).to.equal(false);
          expect(seen.sent).to.be.above(20_000);
          end$.next();
        },
      });
    }),
  ).timeout(30_000);
});
