import { expect } from 'chai';
import fc from 'fast-check';
import mqttPacket, { type Packet as WirePacket } from 'mqtt-packet';
import { PacketEncoder } from '../../src/codec/encoder.js';
import type { Packet, ProtocolVersion, PublishPacket } from '../../src/packets.js';
import { clientPacket, publish } from './arbitraries.js';
import { folded, peerReads } from './peer.js';
import { versions } from './support.js';

type Fields = Record<string, unknown>;

/** Buffers and objects without a prototype as plain ones, so that they can be compared; `undefined` fields left out. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(
    Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .map(([key, v]) => [key, plain(v)]),
  );
}

const foldedProperties = (properties: Fields | undefined): Fields | undefined =>
  properties?.userProperties === undefined
    ? properties
    : { ...properties, userProperties: folded(properties.userProperties as [string, string][]) };

/** What the other side should see of a packet: the fields of mqtt-packet. */
function seen(packet: Packet, version: ProtocolVersion): Fields {
  const properties = foldedProperties((packet as { properties?: Fields }).properties);
  const common = { cmd: packet.cmd, properties };
  switch (packet.cmd) {
    case 'connect': {
      const { clientId, clean, keepalive, password, will } = packet;
      // Before 5.0 a password wants a user name, in 3.1 a user name wants a password too.
      const username = packet.username ?? (password !== undefined && version < 5 ? '' : undefined);
      return {
        ...common,
        protocolId: version === 3 ? 'MQIsdp' : 'MQTT',
        protocolVersion: version,
        clientId,
        clean,
        keepalive,
        username,
        password: password ?? (username !== undefined && version === 3 ? new Uint8Array(0) : undefined),
        will: will && { ...will, properties: foldedProperties(will.properties as Fields | undefined) },
      };
    }
    case 'publish': {
      const { topic, payload, qos, retain, dup, packetId } = packet;
      return { ...common, topic, payload, qos, retain, dup, messageId: qos > 0 ? packetId : undefined };
    }
    case 'subscribe':
      return {
        ...common,
        messageId: packet.packetId,
        subscriptions: packet.subscriptions.map(({ filter, qos, noLocal, retainAsPublished, retainHandling }) =>
          version < 5
            ? { topic: filter, qos }
            : { topic: filter, qos, nl: noLocal ?? false, rap: retainAsPublished ?? false, rh: retainHandling ?? 0 },
        ),
      };
    case 'unsubscribe':
      return { ...common, messageId: packet.packetId, unsubscriptions: packet.filters };
    case 'pingreq':
      return common;
    default: {
      const { packetId: messageId, reasonCode = 0 } = packet as { packetId?: number; reasonCode?: number };
      return version < 5 ? { ...common, messageId } : { ...common, messageId, reasonCode };
    }
  }
}

for (const version of versions) {
  describe(`mqtt-packet as the peer, ${version}`, () => {
    it('reads every packet a client sends, alone and in a row', () => {
      fc.assert(
        fc.property(fc.array(clientPacket(version), { minLength: 1, maxLength: 4 }), some => {
          // DISCONNECT is the last of a client; mqtt-packet reads beyond the end of `e0 00`.
          const packets = some.filter((packet, index) => packet.cmd !== 'disconnect' || index === some.length - 1);
          const encoder = new PacketEncoder(version);
          for (const packet of packets) encoder.write(packet);
          const read = peerReads(version, encoder.take());
          expect(read).to.have.length(packets.length);
          read.forEach((wirePacket, index) => {
            const expected = seen(packets[index]!, version);
            const fields = Object.fromEntries(Object.keys(expected).map(key => [key, (wirePacket as never)[key]]));
            expect(plain(fields)).to.deep.equal(plain(expected));
          });
        }),
        { numRuns: 300 },
      );
    });

    it('writes a PUBLISH in the same bytes', () => {
      fc.assert(
        fc.property(publish(version), packet => {
          const { topic, payload, qos, retain, dup, packetId, properties } = packet as PublishPacket;
          const data = properties?.correlationData;
          const pairs = properties?.userProperties?.map(pair => Object.fromEntries([pair]));
          const theirs = mqttPacket.generate(
            {
              cmd: 'publish',
              topic,
              payload: Buffer.from(payload),
              qos,
              retain,
              dup,
              messageId: packetId,
              properties: properties && {
                ...properties,
                ...(data && { correlationData: Buffer.from(data) }),
                ...(pairs && { userProperties: pairs }),
              },
            } as unknown as WirePacket,
            { protocolVersion: version },
          );
          const encoder = new PacketEncoder(version);
          encoder.write(packet);
          expect(Buffer.from(encoder.take()).toString('hex')).to.equal(theirs.toString('hex'));
        }),
        { numRuns: 200 },
      );
    });
  });
}
