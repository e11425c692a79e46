import { expect } from 'chai';
import { caught, decode, itRefuses, wire } from './support.js';

/** The packets a server may send with properties, around a property section. */
const packets: Record<string, (section: string) => string> = {
  CONNACK: section => `20 [00 00 ${section}]`,
  PUBLISH: section => `30 [0001 'a' ${section}]`,
  PUBACK: section => `40 [0001 00 ${section}]`,
  PUBREC: section => `50 [0001 00 ${section}]`,
  PUBREL: section => `62 [0001 00 ${section}]`,
  PUBCOMP: section => `70 [0001 00 ${section}]`,
  SUBACK: section => `90 [0001 ${section} 00]`,
  UNSUBACK: section => `b0 [0001 ${section} 00]`,
  DISCONNECT: section => `e0 [8b ${section}]`,
  AUTH: section => `f0 [18 ${section}]`,
};
const acks = ['PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'SUBACK', 'UNSUBACK'];

type Example = readonly [name: string, id: string, good: string, bad: readonly string[], places: readonly string[]];

/** Section 2.2.2.2: the properties with a good value, values out of range, and the packets of a server that may hold them. */
const properties: readonly Example[] = [
  ['payloadFormatIndicator', '01', '01', ['02', 'ff'], ['PUBLISH']],
  ['messageExpiryInterval', '02', '00000000', [], ['PUBLISH']],
  ['contentType', '03', "0001 'c'", [], ['PUBLISH']],
  ['responseTopic', '08', "0001 'r'", [], ['PUBLISH']],
  ['correlationData', '09', '0000', [], ['PUBLISH']],
  ['subscriptionIdentifier', '0b', '01', ['00'], ['PUBLISH']],
  ['sessionExpiryInterval', '11', 'ffffffff', [], ['CONNACK']],
  ['assignedClientIdentifier', '12', "0001 'c'", [], ['CONNACK']],
  ['serverKeepAlive', '13', '0000', [], ['CONNACK']],
  ['authenticationMethod', '15', "0001 'm'", [], ['CONNACK', 'AUTH']],
  ['authenticationData', '16', '0001 00', [], ['CONNACK', 'AUTH']],
  ['requestProblemInformation', '17', '00', [], []],
  ['willDelayInterval', '18', '00000001', [], []],
  ['requestResponseInformation', '19', '00', [], []],
  ['responseInformation', '1a', "0001 'i'", [], ['CONNACK']],
  ['serverReference', '1c', "0001 's'", [], ['CONNACK', 'DISCONNECT']],
  ['reasonString', '1f', "0001 'r'", [], ['CONNACK', ...acks, 'DISCONNECT', 'AUTH']],
  ['receiveMaximum', '21', '0001', ['0000'], ['CONNACK']],
  ['topicAliasMaximum', '22', '0000', [], ['CONNACK']],
  ['topicAlias', '23', '0001', ['0000'], ['PUBLISH']],
  ['maximumQoS', '24', '00', ['02', '03', 'ff'], ['CONNACK']],
  ['retainAvailable', '25', '00', ['02'], ['CONNACK']],
  ['userProperties', '26', "0001 'a' 0001 'b'", [], Object.keys(packets)],
  ['maximumPacketSize', '27', '00000001', ['00000000'], ['CONNACK']],
  ['wildcardSubscriptionAvailable', '28', '00', ['02'], ['CONNACK']],
  ['subscriptionIdentifiersAvailable', '29', '00', ['02'], ['CONNACK']],
  ['sharedSubscriptionAvailable', '2a', '00', ['02'], ['CONNACK']],
];
const mayRepeat = (name: string): boolean => name === 'userProperties' || name === 'subscriptionIdentifier';

for (const [packet, frame] of Object.entries(packets)) {
  // AUTH needs its method, whatever else is in it.
  const others = (name: string) => (packet === 'AUTH' && name !== 'authenticationMethod' ? "15 0001 'm'" : '');
  const read = (section: string) => decode(5, wire(frame(section))) as { properties?: object }[];

  describe(`Properties of ${packet}`, () => {
    for (const [name, id, good, bad, places] of properties) {
      const once = `[${others(name)} ${id} ${good}]`;
      if (!places.includes(packet)) {
        // The one property that is known in DISCONNECT, but not from a server.
        const reasonCode = packet === 'DISCONNECT' && id === '11' ? 0x82 : 0x81;
        it(`no ${name}`, () => {
          const error = caught(() => read(once));
          expect(error.reasonCode).to.equal(reasonCode);
          expect(error.message).to.contain(packet);
        });
        continue;
      }
      it(name, () => {
        expect(read(once)[0]!.properties).to.have.own.property(name);
        for (const value of bad) {
          if (name === 'payloadFormatIndicator') {
            expect(read(`[${id} ${value}]`)[0]).to.have.nested.property('refusal.reasonCode', 0x99);
            continue;
          }
          const error = caught(() => read(`[${others(name)} ${id} ${value}]`));
          expect(error, value).to.include({ code: 'PROTOCOL_ERROR', reasonCode: name === 'topicAlias' ? 0x94 : 0x82 });
          expect(error.message).to.contain(name);
        }
      });
      it(`${name} ${mayRepeat(name) ? 'any number of times' : 'at most once'}`, () => {
        const twice = () => read(`[${others(name)} ${id} ${good} ${id} ${good}]`);
        if (mayRepeat(name)) expect(twice()).to.have.length(1);
        else expect(caught(twice)).to.include({ code: 'PROTOCOL_ERROR', reasonCode: 0x82 });
      });
      it(`${name} whole`, () => {
        const bytes = wire(`${id} ${good}`).length;
        for (let cut = 1; cut < bytes; cut++) {
          const part = Buffer.from(wire(`${id} ${good}`).slice(0, cut)).toString('hex');
          expect(
            caught(() => read(`[${others(name)} ${part}]`)),
            part,
          ).to.include({ reasonCode: 0x81 });
        }
      });
    }

    it('none that does not exist [MQTT-2.2.2.2]', () => {
      const known = properties.map(([, id]) => parseInt(id, 16));
      for (let id = 0; id < 256; id++) {
        if (known.includes(id)) continue;
        const section = `[${id.toString(16).padStart(2, '0')} 00000000]`;
        expect(
          caught(() => read(section)),
          `${id}`,
        ).to.include({ code: 'MALFORMED_PACKET', reasonCode: 0x81 });
      }
    });

    itRefuses(5, [
      ['a property length of five bytes', frame('80 80 80 80 01')],
      ['a property length not in the shortest form', frame('80 00')],
      ['a value that reaches beyond the section, though not beyond the packet', frame("06 26 0001 'a' 0002 'b'")],
      ['a user property without a value', frame("[26 0001 'a']")],
      ['a name that is no UTF-8 [MQTT-1.5.7-1]', frame('[26 0002 c328 0000]')],
      ['a value with U+0000 [MQTT-1.5.7-1]', frame("[26 0001 'a' 0001 00]")],
    ]);

    it('user properties keep their order, names twice, and names such as __proto__', () => {
      const pairs = ['2', '1', '__proto__', 'constructor', '1', '__proto__'].map((name, i) => [name, `${i}`] as const);
      const section = pairs.map(([n, v]) => `26 00${n.length.toString(16).padStart(2, '0')} '${n}' 0001 '${v}'`);
      const [packetRead] = read(`[${others('userProperties')} ${section.join(' ')}]`);
      expect(packetRead!.properties).to.have.own.property('userProperties').that.deep.equals(pairs);
    });

    it('10,000 properties are read, one more is refused', () => {
      const method = packet === 'AUTH' ? '15 0001 6d' : '';
      const section = (count: number) => frame(`[${method}${'26 0000 0000'.repeat(method ? count - 1 : count)}]`);
      expect(decode(5, wire(section(10_000)))).to.have.length(1);
      // a PUBLISH is what a publisher makes of it, and its broker is not to blame
      if (packet === 'PUBLISH') {
        const [refused] = decode(5, wire(section(10_001)));
        expect(refused).to.have.nested.property('refusal.reasonCode', 0x97);
        expect(refused).to.include({ properties: undefined });
      } else {
        expect(caught(() => decode(5, wire(section(10_001))))).to.include({ code: 'PROTOCOL_ERROR', reasonCode: 0x97 });
      }
    });
  });
}

it('subscription identifiers count among the 10,000 properties of a PUBLISH', () => {
  const [refused] = decode(5, wire(packets.PUBLISH!(`[${'0b 01'.repeat(10_001)}]`)));
  expect(refused).to.have.nested.property('refusal.reasonCode', 0x97);
});
