import { expect } from 'chai';
import { PacketEncoder } from '../../src/codec/encoder.js';
import type { ConnectPacket } from '../../src/packets.js';

const text = (value: string) => new TextEncoder().encode(value);

interface Asked {
  version: 5 | 4;
  username: boolean;
  password: boolean;
  will: { qos: 0 | 1 | 2; retain: boolean } | undefined;
}

/** All that a CONNECT may have or not have. */
function* everyConnect(version: 5 | 4): Generator<Asked> {
  const wills = ([0, 1, 2] as const).flatMap(qos => [true, false].map(retain => ({ qos, retain })));
  for (const username of [false, true]) {
    for (const password of [false, true]) {
      for (const will of [undefined, ...wills]) yield { version, username, password, will };
    }
  }
}

function encoded({ version, username, password, will }: Asked): Uint8Array {
  const packet: ConnectPacket = {
    cmd: 'connect',
    protocolVersion: version,
    clientId: 'id',
    clean: true,
    keepalive: 60,
    ...(username && { username: 'me' }),
    ...(password && { password: text('secret') }),
    ...(will && { will: { topic: 'gone', payload: text('bye'), ...will } }),
  };
  const encoder = new PacketEncoder(version);
  encoder.write(packet);
  return encoder.take();
}

/** CONNECT read by the letter of section 3.1: its flags, and its fields in the order in which they stand. */
function read(bytes: Uint8Array) {
  let at = 2;
  const take = (size: number) => bytes.subarray(at, (at += size));
  const field = () => Buffer.from(take(take(2).reduce((high, low) => high * 256 + low, 0))).toString();
  const name = field();
  const [level] = take(1);
  const [flags = 0] = take(1);
  take(2);
  if (level === 5) expect([...take(1)], 'property length').to.deep.equal([0]);
  const fields = [field()];
  if (flags & 0x04 && level === 5) expect([...take(1)], 'will property length').to.deep.equal([0]);
  while (at < bytes.length) fields.push(field());
  expect(at).to.equal(bytes.length);
  expect(bytes[1]).to.equal(bytes.length - 2);
  return {
    name,
    level,
    fields,
    reserved: flags & 0x01,
    will: Boolean(flags & 0x04),
    willQos: (flags >> 3) & 3,
    willRetain: Boolean(flags & 0x20),
    password: Boolean(flags & 0x40),
    username: Boolean(flags & 0x80),
  };
}

/** What each of the tests shows. */
const shown = {
  5: {
    name: '[MQTT-3.1.2-1] [MQTT-3.1.2-3]',
    clientId: '[MQTT-3.1.3-3]',
    will: '[MQTT-3.1.2-9]',
    noWill: '[MQTT-3.1.2-11] [MQTT-3.1.2-13]',
    username: '[MQTT-3.1.2-16] [MQTT-3.1.2-17]',
    password: '[MQTT-3.1.2-18] [MQTT-3.1.2-19]',
    order: '[MQTT-3.1.3-1]',
  },
  4: {
    name: '[MQTT3-3.1.2-1] [MQTT3-3.1.2-3]',
    clientId: '[MQTT3-3.1.3-3]',
    will: '[MQTT3-3.1.2-9]',
    noWill: '[MQTT3-3.1.2-11] [MQTT3-3.1.2-13] [MQTT3-3.1.2-15]',
    username: '[MQTT3-3.1.2-18] [MQTT3-3.1.2-19]',
    password: '[MQTT3-3.1.2-20] [MQTT3-3.1.2-21] [MQTT3-3.1.2-22]',
    order: '[MQTT3-3.1.3-1]',
  },
};

for (const version of [5, 4] as const) {
  const all = [...everyConnect(version)].map(asked => ({ asked, is: read(encoded(asked)) }));
  const { name, clientId, will, noWill, username, password, order } = shown[version];
  /** 3.1.1 has no password without a user name: an empty one goes with it. */
  const emptyName = ({ asked }: (typeof all)[0]) => version === 4 && asked.password && !asked.username;

  describe(`CONNECT of ${version === 5 ? '5.0' : '3.1.1'}, in all its forms`, () => {
    it(`names the protocol and its version, with no reserved flag ${name}`, () => {
      for (const { is } of all) expect(is).to.include({ name: 'MQTT', level: version, reserved: 0 });
    });

    it(`has the client identifier first ${clientId}`, () => {
      for (const { is } of all) expect(is.fields[0]).to.equal('id');
    });

    it(`has a will with its flag, QoS and retain ${will}`, () => {
      const withWill = all.filter(({ asked }) => asked.will);
      expect(withWill).to.have.length(24);
      for (const { asked, is } of withWill) {
        expect(is).to.include({ will: true, willQos: asked.will!.qos, willRetain: asked.will!.retain });
        expect(is.fields.slice(1, 3)).to.deep.equal(['gone', 'bye']);
      }
    });

    it(`has nothing of a will without one ${noWill}`, () => {
      const without = all.filter(({ asked }) => !asked.will);
      expect(without).to.have.length(4);
      for (const { is } of without) {
        expect(is).to.include({ will: false, willQos: 0, willRetain: false });
        expect(is.fields).to.not.include('gone');
      }
    });

    it(`has a user name with its flag, and neither without ${username}`, () => {
      for (const each of all) {
        expect(each.is.username).to.equal(each.asked.username || emptyName(each));
        expect(each.is.fields.includes('me')).to.equal(each.asked.username);
      }
    });

    it(`has a password with its flag, and neither without ${password}`, () => {
      for (const { asked, is } of all) {
        expect(is.password).to.equal(asked.password);
        expect(is.fields.includes('secret')).to.equal(asked.password);
        if (version === 4 && is.password) expect(is.username).to.equal(true);
      }
    });

    it(`has its fields in the order of the specification ${order}`, () => {
      for (const each of all) {
        expect(each.is.fields).to.deep.equal([
          'id',
          ...(each.asked.will ? ['gone', 'bye'] : []),
          ...(each.asked.username ? ['me'] : emptyName(each) ? [''] : []),
          ...(each.asked.password ? ['secret'] : []),
        ]);
      }
    });
  });
}
