import { expect } from 'chai';
import { type MqttOptions, type MqttWarning } from '../../src/index.js';
import { connecting, connects, journey } from '../support/journey.js';
import { type MqttHelpers, mqttMarbles } from '../support/marbles.js';
import { connack, publish } from '../support/packets.js';

const fixed = { initial: 3, max: 3, jitter: 'none' } as const;
const a = connack();
const u = connack({ reasonCode: 0x87 });

/** What a client warns of, and its journey, with a broker that plays the script. */
function run({ broker, flush }: MqttHelpers, script: string[], packets: object, options: MqttOptions = {}) {
  const transport = broker(script, { a, u, ...packets });
  const client = connecting('mqtt://a', { transport, reconnect: fixed, username: 'me', ...options }, 1000);
  const warnings: MqttWarning[] = [];
  const states: string[] = [];
  const sent: unknown[] = [];
  client.warning$.subscribe(warning => warnings.push(warning));
  journey(client).subscribe(state => states.push(state));
  connects(client, packet => String(packet.properties?.receiveMaximum)).subscribe(packet => sent.push(packet));
  flush();
  return { warnings, states, sent };
}

describe('reconnect: a refusal after the same server has accepted the same credentials', () => {
  it(
    'is retried with the delay of the strategy, and warned of [S102]',
    mqttMarbles(helpers => {
      const { warnings, states } = run(helpers, ['-a#', '-u', '-u', '-a'], {});
      expect(states.filter(state => state === 'connected')).to.have.length(2);
      expect(states.filter(state => state === 'waiting 3: CONNECTION_REFUSED')).to.have.length(2);
      expect(warnings.map(({ code }) => code)).to.deep.equal(['REFUSAL_RETRIED', 'REFUSAL_RETRIED']);
      expect(warnings[1]).to.include({ url: 'mqtt://a', reasonCode: 0x87, refusals: 2 });
    }),
  );

  it(
    'is the end after ten in a row [S102]',
    mqttMarbles(helpers => {
      const { warnings, states } = run(helpers, ['-a#', ...Array<string>(20).fill('-u')], {});
      expect(states.at(-1)).to.equal('closed: CONNECTION_REFUSED');
      expect(warnings).to.have.length(10);
    }),
  );

  it(
    'perAttempt is asked anew at once first; the same answer is retried too [S102]',
    mqttMarbles(helpers => {
      const perAttempt = () => [{ password: 'secret' }];
      const { warnings, states } = run(helpers, ['-a#', '-u', '-u', '-a'], {}, { perAttempt });
      expect(states.filter(state => state === 'connected')).to.have.length(2);
      expect(warnings.map(({ code }) => code)).to.deep.equal(['REFUSAL_RETRIED']);
      expect(JSON.stringify(warnings)).not.to.contain('secret');
    }),
  );

  it(
    'other credentials, or a first refusal, end the client as ever [S102]',
    mqttMarbles(helpers => {
      let asked = 0;
      const perAttempt = () => [{ password: `secret ${asked++}` }];
      const changed = run(helpers, ['-a#', '-u', '-u', '-a'], {}, { perAttempt });
      expect(changed.states.at(-1)).to.equal('closed: CONNECTION_REFUSED');
      const first = run(helpers, ['-u', '-a'], {});
      expect(first.states.at(-1)).to.equal('closed: CONNECTION_REFUSED');
      expect([...changed.warnings, ...first.warnings]).to.deep.equal([]);
    }),
  );
});

describe('reconnect: a violation that a server repeats', () => {
  it(
    'is warned of from the third identical one on [S103]',
    mqttMarbles(helpers => {
      const { warnings } = run(helpers, ['-(aa)', '-(aa)', '-(aa)', '-a'], {});
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.include({ code: 'VIOLATION_REPEATED', url: 'mqtt://a', times: 3 });
      expect(warnings[0]).to.have.nested.property('violation.code', 'PROTOCOL_ERROR');
    }),
  );

  it(
    'so is a message that is too large, on each connection, and the warning holds the error that says how to raise it [S103]',
    mqttMarbles(helpers => {
      const large = publish('t', { qos: 1, packetId: 1, payload: 'x'.repeat(200) });
      const options: MqttOptions = { protocolVersion: 4, properties: { maximumPacketSize: 100 } };
      const { warnings } = run(helpers, ['-(al)', '-(al)', '-(al)', '-a'], { l: large }, options);
      expect(warnings.map(({ code }) => code)).to.deep.equal(['VIOLATION_REPEATED']);
      expect(warnings[0]).to.have.nested.property('violation.code', 'PACKET_TOO_LARGE');
      expect(warnings[0]).to.have.nested.property('violation.message').that.includes('properties.maximumPacketSize');
    }),
  );

  it(
    'after two violations of the Receive Maximum it is not announced any more [S104]',
    mqttMarbles(helpers => {
      const m = publish('t', { qos: 2, packetId: 1 });
      const n = publish('t', { qos: 2, packetId: 2 });
      const { warnings, sent } = run(
        helpers,
        ['-(amn)', '-(amn)', '-(amn)'],
        { m, n },
        { properties: { receiveMaximum: 1 } },
      );
      expect(sent.slice(0, 3)).to.deep.equal(['1', '1', 'undefined']);
      const ignored = warnings.filter(({ code }) => code !== 'UNROUTED_DURABLE'); // no stream claims them
      expect(ignored.map(({ code }) => code)).to.deep.equal(['RECEIVE_MAXIMUM_IGNORED']);
    }),
  );
});

describe('reconnect: a server that accepts connections and closes them', () => {
  it(
    'is warned of from the third one on, with the client id that another client may have, too [S209]',
    mqttMarbles(helpers => {
      const { warnings } = run(helpers, ['-a-#', '-a-#', '-a-#', '-a-#', '-a'], {}, { clientId: 'mine' });
      expect(warnings.map(({ code }) => code)).to.deep.equal(['CLOSE_REPEATED', 'CLOSE_REPEATED']);
      expect(warnings[1]).to.include({ url: 'mqtt://a', times: 4 });
      expect(warnings[1]!.message).to.include("another client may have the client id 'mine', or it may");
    }),
  );

  it(
    'is warned of without a client id that was generated',
    mqttMarbles(helpers => {
      const { warnings } = run(helpers, ['-a-#', '-a-#', '-a-#', '-a'], {});
      expect(warnings.map(({ message }) => message)).to.deep.equal([
        'mqtt://a accepts connections and closes them, 3 times in a row by now: cut; it may not allow what this client does',
      ]);
    }),
  );

  it(
    'is none while connections are stable, or are closed before CONNACK',
    mqttMarbles(helpers => {
      const stable = `${'-a'.padEnd(20, '-')}#`;
      const script = ['-a-#', '-a-#', '-#', '-#', '-#', stable, '-a-#', '-a-#', '-a'];
      const options: MqttOptions = { protocolVersion: 4, reconnect: { ...fixed, stableAfter: 10 } };
      const { warnings, states } = run(helpers, script, {}, options);
      expect(warnings).to.deep.equal([]);
      expect(states.filter(state => state === 'connected')).to.have.length(6);
    }),
  );
});

describe('connect: session present = 1 in answer to a clean CONNECT', () => {
  const p = connack({ sessionPresent: true });

  it(
    '3.1.1 goes on [S105]',
    mqttMarbles(helpers => {
      const { states } = run(helpers, ['-p'], { p }, { protocolVersion: 4 });
      expect(states).to.deep.equal(['connecting mqtt://a', 'connected', 'closed']);
    }),
  );

  it(
    '5.0 is a protocol error [S105]',
    mqttMarbles(helpers => {
      const { states } = run(helpers, ['-p', '-a'], { p });
      expect(states).to.include('waiting 3: PROTOCOL_ERROR');
    }),
  );
});

describe('reconnect: a client id of the user that the broker rejects', () => {
  const r = connack({ reasonCode: 0x85 });

  it(
    'ends the client, and with clientIdRejected: renew is replaced by a random one (P4) [S107]',
    mqttMarbles(helpers => {
      const stopped = run(helpers, ['-r', '-a'], { r }, { clientId: 'mine' });
      expect(stopped.states.at(-1)).to.equal('closed: CONNECTION_REFUSED');
      const renewed = run(helpers, ['-r', '-r', '-a'], { r }, { clientId: 'mine', clientIdRejected: 'renew' });
      expect(renewed.states).to.include('connected');
    }),
  );
});
