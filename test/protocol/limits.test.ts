import { expect } from 'chai';
import { PacketEncoder } from '../../src/codec/encoder.js';
import type { UserProperties } from '../../src/message.js';
import {
  capQos,
  isIdentifiable,
  isRequestable,
  negotiateLimits,
  publishObstacle,
  subscriptionObstacle,
  unsubscriptionObstacle,
} from '../../src/protocol/limits.js';
import { connack, connect, isError, limits, message } from './support.js';

describe('limits: what CONNACK allows (5.0 section 3.2.2.3)', () => {
  it('is what the specification says where the broker says nothing [MQTT-3.2.2.3]', () => {
    expect(negotiateLimits(connect({ keepalive: 30 }), connack())).to.deep.equal({
      protocolVersion: 5,
      clientId: 'us',
      keepalive: 30,
      sessionExpiry: 0,
      receiveMaximum: 65535,
      maximumQoS: 2,
      maximumPacketSize: Infinity,
      topicAliasMaximum: 0,
      retainAvailable: true,
      wildcardSubscriptionAvailable: true,
      subscriptionIdentifiersAvailable: true,
      sharedSubscriptionAvailable: true,
    });
  });

  it('is what the broker says, the client identifier and the keep alive too', () => {
    const said = {
      sessionExpiryInterval: 7,
      receiveMaximum: 1,
      maximumQoS: 0,
      maximumPacketSize: 100,
      topicAliasMaximum: 3,
      retainAvailable: false,
      wildcardSubscriptionAvailable: false,
      subscriptionIdentifiersAvailable: false,
      sharedSubscriptionAvailable: false,
    } as const;
    const { sessionExpiryInterval, ...same } = said;
    const answer = connack({ ...said, assignedClientIdentifier: 'theirs', serverKeepAlive: 0 });
    expect(negotiateLimits(connect(), answer)).to.deep.equal({
      protocolVersion: 5,
      clientId: 'theirs',
      keepalive: 0,
      sessionExpiry: sessionExpiryInterval,
      ...same,
    });
  });

  it('keeps the session as long as was asked for, where the broker does not say otherwise [MQTT-3.1.2.11.2]', () => {
    const asked = connect({ properties: { sessionExpiryInterval: 60 } });
    expect(negotiateLimits(asked, connack()).sessionExpiry).to.equal(60);
    expect(negotiateLimits(asked, connack({ sessionExpiryInterval: 0 })).sessionExpiry).to.equal(0);
  });

  it('has sessions of 3.x for ever, or for the connection; and no subscription identifiers', () => {
    const of = (clean: boolean) => negotiateLimits(connect({ protocolVersion: 4, clean }), connack());
    expect(of(true).sessionExpiry).to.equal(0);
    expect(of(false).sessionExpiry).to.equal(0xffffffff);
    expect(of(true).subscriptionIdentifiersAvailable).to.equal(false);
  });

  it('cannot be changed', () => {
    expect(negotiateLimits(connect(), connack())).to.be.frozen;
  });
});

describe('limits: QoS as the user allows it', () => {
  it('is lowered, never raised', () => {
    expect([capQos(2, 1), capQos(1, 1), capQos(0, 1), capQos(2, 0)]).to.deep.equal([1, 1, 0, 0]);
    expect(capQos(2, undefined)).to.equal(2);
  });
});

describe('limits: what stands in the way of a message', () => {
  it('is nothing, for what the broker allows', () => {
    const tight = limits({ maximumQoS: 1, retainAvailable: false, maximumPacketSize: 9 });
    expect(publishObstacle(message('a', { size: 1 }), tight)).to.equal(undefined);
    expect(publishObstacle(message('a', { retain: true, qos: 2, size: 1e5 }), limits())).to.equal(undefined);
  });

  it('is a QoS above the broker’s maximum [MQTT-3.2.2-11]; the error names the option that lowers it', () => {
    const error = publishObstacle(message('a', { qos: 2 }), limits({ maximumQoS: 1 }));
    isError(error, 'NOT_SUPPORTED', { reasonCode: 0x9b, subject: 'a', delivery: 'rejected', retryable: false });
    expect(error!.message).to.contain("set option 'maximumQoS' to 1");
  });

  it('is retain where the broker keeps nothing [MQTT-3.2.2-14]', () => {
    const error = publishObstacle(message('a', { retain: true }), limits({ retainAvailable: false }));
    isError(error, 'NOT_SUPPORTED', { reasonCode: 0x9a, subject: 'a', delivery: 'rejected' });
  });

  it('is a size above the broker’s, to the byte [MQTT-3.2.2-15]', () => {
    // fixed header 2, topic 3, packet identifier 2, properties 1, payload 10
    expect(publishObstacle(message('a', { size: 10 }), limits({ maximumPacketSize: 18 }))).to.equal(undefined);
    const error = publishObstacle(message('a', { size: 10 }), limits({ maximumPacketSize: 17 }));
    isError(error, 'PACKET_TOO_LARGE', { reasonCode: 0x95, subject: 'a', delivery: 'rejected', retryable: false });
    expect(error!.message).to.contain('takes 18 bytes').and.to.contain('accepts 17');
  });

  for (const [version, name] of [
    [4, '3.1.1'],
    [3, '3.1'],
  ] as const) {
    it(`is a property on ${name}, except the expiry, which counts down here`, () => {
      const old = limits({ protocolVersion: version });
      const obstacle = (properties: object) => publishObstacle(message('a', { properties }), old);
      expect(obstacle({})).to.equal(undefined);
      expect(obstacle({ messageExpiryInterval: 5, contentType: undefined })).to.equal(undefined);
      expect(publishObstacle(message('a'), old)).to.equal(undefined);
      const error = isError(obstacle({ messageExpiryInterval: 5, contentType: 'x' }), 'NOT_SUPPORTED', {
        subject: 'a',
      });
      expect(error.message).to.contain(`speaks ${name};`);
      expect(error).not.to.have.property('reasonCode');
    });
  }

  it('is no property on 5.0', () => {
    expect(publishObstacle(message('a', { properties: { contentType: 'x' } }), limits())).to.equal(undefined);
  });
});

describe('limits: what stands in the way of a subscription', () => {
  const noShared = limits({ sharedSubscriptionAvailable: false });
  const noWildcard = limits({ wildcardSubscriptionAvailable: false });

  it('is nothing, for what the broker offers', () => {
    for (const filter of ['a', '#', '$share/g/a/+'])
      expect(subscriptionObstacle({ filter }, limits())).to.equal(undefined);
    expect(subscriptionObstacle({ filter: '#' }, noShared)).to.equal(undefined);
    expect(subscriptionObstacle({ filter: '$share/g/a' }, noWildcard)).to.equal(undefined);
  });

  it('is a shared subscription where there are none [MQTT-3.2.2.3.13]', () => {
    const error = subscriptionObstacle({ filter: '$share/g/a' }, noShared);
    isError(error, 'NOT_SUPPORTED', { reasonCode: 0x9e, subject: '$share/g/a', retryable: false });
    expect(error!.message).to.contain('shared subscriptions');
  });

  it('is a wildcard where there are none [MQTT-3.2.2.3.11]', () => {
    for (const filter of ['#', 'a/+', 'a/+/b']) {
      const error = subscriptionObstacle({ filter }, noWildcard);
      isError(error, 'NOT_SUPPORTED', { reasonCode: 0xa2, subject: filter });
      expect(error!.message).to.contain('subscriptions with wildcards');
    }
  });

  it('is the wildcard, in a shared subscription where only wildcards are missing', () => {
    const error = subscriptionObstacle({ filter: '$share/g/+' }, noWildcard);
    isError(error, 'NOT_SUPPORTED', { reasonCode: 0xa2 });
    expect(error!.message).to.contain('wildcards');
  });
});

describe('limits: requests and the Maximum Packet Size', () => {
  const userProperties = [['k', 'v']] as const;

  /** What the encoder makes of a SUBSCRIBE of one filter. */
  const size = (
    protocolVersion: 5 | 4,
    properties?: { subscriptionIdentifier?: number; userProperties?: UserProperties },
  ) =>
    new PacketEncoder(protocolVersion).write({
      cmd: 'subscribe',
      packetId: 1,
      subscriptions: [{ filter: 'a/b', qos: 0 }],
      ...(properties && { properties }),
    });

  for (const protocolVersion of [5, 4] as const) {
    it(`a SUBSCRIBE of exactly that size is possible, to the byte (${protocolVersion})`, () => {
      const exact = size(protocolVersion);
      const at = (maximumPacketSize: number) => limits({ protocolVersion, maximumPacketSize });
      expect(isRequestable({ filter: 'a/b' }, at(exact))).to.equal(true);
      expect(isRequestable({ filter: 'a/b' }, at(exact - 1))).to.equal(false);
      expect(isRequestable({ filter: 'a/b' }, at(Infinity))).to.equal(true);
    });
  }

  it('user properties count in 5.0 only', () => {
    const request = { filter: 'a/b', userProperties };
    const at = (protocolVersion: 5 | 4, maximumPacketSize: number) => limits({ protocolVersion, maximumPacketSize });
    const exact = size(5, { userProperties });
    expect(isRequestable(request, at(5, exact))).to.equal(true);
    expect(isRequestable(request, at(5, exact - 1))).to.equal(false);
    expect(isRequestable(request, at(4, size(4)))).to.equal(true);
  });

  it('an identifier needs room, and a broker that has them [MQTT-3.2.2.3.12]', () => {
    const exact = size(5, { subscriptionIdentifier: 268_435_455 });
    const request = { filter: 'a/b' };
    expect(isIdentifiable(request, limits({ maximumPacketSize: exact }))).to.equal(true);
    expect(isIdentifiable(request, limits({ maximumPacketSize: exact - 1 }))).to.equal(false);
    expect(isIdentifiable(request, limits())).to.equal(true);
    expect(isIdentifiable(request, limits({ subscriptionIdentifiersAvailable: false }))).to.equal(false);
  });

  it('the error names the packet and its size', () => {
    const small = limits({ maximumPacketSize: 5 });
    const told = { code: 'PACKET_TOO_LARGE', reasonCode: 0x95, subject: 'a/b' };
    expect(subscriptionObstacle({ filter: 'a/b' }, small)).to.include(told);
    expect(subscriptionObstacle({ filter: 'a/b' }, small)!.message).to.match(/the SUBSCRIBE takes 11 bytes.*accepts 5/);
    expect(unsubscriptionObstacle({ filter: 'a/b' }, small)).to.include(told);
    expect(unsubscriptionObstacle({ filter: 'a/b' }, small)!.message).to.match(/the UNSUBSCRIBE takes/);
    expect(unsubscriptionObstacle({ filter: 'a/b' }, limits())).to.equal(undefined);
  });
});
