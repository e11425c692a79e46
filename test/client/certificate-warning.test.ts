import { expect } from 'chai';
import { type MqttOptions, type MqttWarning } from '../../src/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack } from '../support/packets.js';

describe('tls.rejectUnauthorized: false', () => {
  const warningsOf = (options: MqttOptions) => {
    const warnings: MqttWarning[] = [];
    mqttMarbles(({ broker, client, act }) => {
      const transport = broker(['-a-#', '-a-#', '-a'], { a: connack() });
      const mqtt = client(transport, { reconnect: { initial: 1, jitter: 'none' }, ...options }, 20);
      mqtt.warning$.subscribe(warning => warnings.push(warning));
      act('c', { c: () => mqtt.connect().subscribe() });
    })();
    return warnings;
  };

  it('is warned of once for a client, however often it connects [S117]', () => {
    const warnings = warningsOf({ tls: { rejectUnauthorized: false } });
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.include({ code: 'CERTIFICATE_NOT_CHECKED', url: 'mqtt://broker' });
    expect(warnings[0]!.message).to.include("'tls.rejectUnauthorized' is false");
  });

  it('is warned of where perAttempt answers so [S117]', () => {
    const warnings = warningsOf({ perAttempt: () => [{ tls: { rejectUnauthorized: false } }] });
    expect(warnings.map(({ code }) => code)).to.deep.equal(['CERTIFICATE_NOT_CHECKED']);
  });

  it('no warning where certificates are checked [S117]', () => {
    expect(warningsOf({})).to.deep.equal([]);
    expect(warningsOf({ tls: { rejectUnauthorized: true } })).to.deep.equal([]);
  });
});
