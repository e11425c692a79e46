import { expect } from 'chai';
import { parser } from 'mqtt-packet';
import type { Socket } from 'node:net';
import { PacketDecoder } from '../../src/codec/decoder.js';
import type { MqttError } from '../../src/index.js';
import type { ProtocolVersion } from '../../src/packets.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { type WrongServer, startTcpServer } from '../support/tcp-servers.js';
import { seeded } from './seeded.js';
import { closed, closedAfterEach, inState, listen } from './support.js';

const connack = { 5: [0x20, 3, 0, 0, 0], 4: [0x20, 2, 0, 0], 3: [0x20, 2, 0, 0] } as const;

const refusesVersion = [0x20, 2, 0, 1];

interface Talk {
  /** What is said in front of it: CONNACK, unless something else is given. */
  readonly before?: readonly number[];
  /** Whether the connection ends after it. */
  readonly ends?: boolean;
}

/** A message may announce a length, and then come for ever. */
const announces256MB = [0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, 0x74];

const hostile: readonly (readonly [what: string, bytes: readonly number[], reasonCode: number | undefined])[] = [
  ['62 00, which ends a Node process with MQTT.js', [0x62, 0x00], 0x81],
  ['a packet of type 0', [0x00, 0x00], 0x81],
  ['a remaining length of five bytes', [0x30, 0xff, 0xff, 0xff, 0xff, 0x01], 0x81],
  ['QoS 3', [0x36, 0x05, 0, 1, 0x74, 0, 1], 0x81],
  ['a topic with a wildcard', [0x30, 0x04, 0, 1, 0x23, 0], undefined],
  ['a topic that is no UTF-8', [0x30, 0x04, 0, 1, 0xff, 0], 0x81],
  ['a second CONNACK', [0x20, 3, 0, 0, 0], 0x82],
  ['a CONNECT', [0x10, 0x00], undefined],
  ['a PINGREQ, which is for clients', [0xc0, 0x00], 0x82],
];

describeWithoutLeaks('hostile servers', () => {
  const client = closedAfterEach();
  let server: WrongServer | undefined;
  /** The reason code of each DISCONNECT that the server was sent; undefined for each connection that ended without. */
  let farewells: Promise<number | undefined>[];

  afterEach(() => server?.close());

  /** Speaks one version, and refuses the others as brokers of old do. */
  async function start(
    version: ProtocolVersion,
    bytes: readonly number[],
    { before = connack[version], ends = false }: Talk = {},
  ) {
    farewells = [];
    server = await startTcpServer(socket => {
      socket.once('data', (connect: Buffer) => {
        // the version byte follows the name, MQTT or MQIsdp
        if (connect[8] !== version && connect[10] !== version) return socket.end(Uint8Array.from(refusesVersion));
        farewells.push(farewell(socket, version));
        const all = Uint8Array.from([...before, ...bytes]);
        if (ends) socket.end(all);
        else socket.write(all);
      });
    });
    return server.url;
  }

  for (const [what, bytes, reasonCode] of hostile) {
    for (const version of [5, 4, 3] as const) {
      it(`${version}: ${what}: a clear error, the connection ends, backoff`, async () => {
        const mqtt = client(await start(version, bytes), { protocolVersion: version });
        const inbox = listen(mqtt, '#');
        const { error } = await inState(mqtt, 'reconnecting');
        const code = violationIn(version, [...connack[version], ...bytes]) ?? 'PROTOCOL_ERROR';
        expect(error).to.include({ code, retryable: true });
        expect(error.message).to.match(/\w+ \w+/);
        const told = await farewells[0];
        if (version !== 5) expect(told).to.equal(undefined);
        else {
          expect(told).to.equal(error.reasonCode);
          if (reasonCode !== undefined) expect(told).to.equal(reasonCode);
        }
        await inState(mqtt, 'connecting');
        await inState(mqtt, 'reconnecting');
        await closed(mqtt);
        expect(inbox.messages).to.deep.equal([]);
      });
    }
  }

  for (const version of [5, 4] as const) {
    it(`${version}: a packet of 256 MB is announced: PACKET_TOO_LARGE before a byte of it is kept [MQTT-3.1.2-24] [MQTT-3.1.2.11.4]`, async () => {
      const url = await start(version, announces256MB);
      const mqtt = client(url, { properties: { maximumPacketSize: 1024 } });
      listen(mqtt, '#');
      const { error } = await inState(mqtt, 'reconnecting');
      expect(error).to.include({ code: 'PACKET_TOO_LARGE', reasonCode: 0x95 });
      expect(await farewells.at(-1)).to.equal(version === 5 ? 0x95 : undefined);
      await closed(mqtt);
    });
  }

  for (const version of [5, 4, 3] as const) {
    it(`${version}: noise instead of packets, after CONNACK and before (seeded)`, async () => {
      for (let seed = 1; seed <= 20; seed++) {
        const random = seeded(seed);
        const noise = Array.from({ length: 64 }, () => Math.floor(random() * 256));
        const before = seed % 2 === 0 ? [] : connack[version];
        const url = await start(version, noise, { before, ends: true });
        const mqtt = client(url, { protocolVersion: version });
        const inbox = listen(mqtt, '#');
        const { error } = await inState(mqtt, 'reconnecting');
        // noise may also be the begin of a packet that never ends
        const code = violationIn(version, [...before, ...noise]) ?? 'CONNECTION_CLOSED';
        expect(error, `seed ${seed}`).to.include({ code, retryable: true });
        expect(inbox.messages, `seed ${seed}`).to.deep.equal([]);
        await closed(mqtt);
        await server?.close();
      }
    });
  }
});

/** The code of the error with which bytes are refused, as far as the bytes alone tell. */
function violationIn(version: ProtocolVersion, bytes: readonly number[]): string | undefined {
  const decoder = new PacketDecoder(version);
  decoder.push(Uint8Array.from(bytes));
  try {
    while (decoder.next() !== undefined);
  } catch (error) {
    return (error as MqttError).code;
  }
  return undefined;
}

function farewell(socket: Socket, protocolVersion: ProtocolVersion): Promise<number | undefined> {
  return new Promise(resolve => {
    const codec = parser({ protocolVersion });
    codec.on('packet', packet => packet.cmd === 'disconnect' && protocolVersion === 5 && resolve(packet.reasonCode));
    socket.on('data', chunk => codec.parse(chunk));
    socket.on('close', () => resolve(undefined));
  });
}
