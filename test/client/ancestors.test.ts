import { Socket } from 'node:net';
import { expect } from 'chai';
import { NEVER, Subject, concat, lastValueFrom, map, of, timer } from 'rxjs';
import { type Link, type MqttOptions, type Transport, MqttError } from '../../src/index.js';
import { closedAfterEach, connected, failure, inState } from '../broker/support.js';
import { type AedesServer, startAedes } from '../support/aedes.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack, pingresp, puback, describePacket } from '../support/packets.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { serverBytes } from '../support/server-bytes.js';
import { startTcpServer } from '../support/tcp-servers.js';

/** A link to a broker that accepts CONNECT and nothing else; `writes` are what the client hands over, chunk by chunk. */
function recording(version: 5 | 4 | 3, writes: Uint8Array[], data$ = new Subject<Uint8Array>()): Transport {
  const link: Link = {
    data$,
    drain$: NEVER,
    write: chunk => {
      writes.push(chunk);
      if (chunk[0] === 0x10) queueMicrotask(() => data$.next(serverBytes(connack(), version)));
      return true;
    },
  };
  return () => concat(of(link), NEVER);
}

describeWithoutLeaks('rows of the ancestors', () => {
  const client = closedAfterEach();

  describe('P1: host and port, user and password', () => {
    for (const [url, wanted] of [
      ['mqtt://broker.example', 'broker.example:1883'],
      ['mqtts://broker.example', 'broker.example:8883'],
      ['ws://broker.example/mqtt', 'broker.example:80'],
      ['wss://broker.example/mqtt', 'broker.example:443'],
      ['mqtt://broker.example:1884', 'broker.example:1884'],
    ] as const) {
      it(`P1, M2: ${url} goes to ${wanted}`, async () => {
        let asked = '';
        // a proxy is told where to go
        const proxy = await startTcpServer(socket =>
          socket.once('data', data => {
            asked = String(data).split('\r\n')[0]!;
            socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
          }),
        );
        const mqtt = client(url, { proxy: proxy.url.replace('mqtt', 'http'), reconnect: false });
        await failure(mqtt.connect());
        expect(asked).to.equal(`CONNECT ${wanted} HTTP/1.1`);
        await proxy.close();
      });
    }

    for (const [protocolVersion, flags] of [
      [3, 0b1100_0010],
      [4, 0b1000_0010],
      [5, 0b1000_0010],
    ] as const) {
      it(`P1: a user without a password sends ${protocolVersion === 3 ? 'an empty one' : 'none'} in version ${protocolVersion}`, async () => {
        const writes: Uint8Array[] = [];
        const transport = recording(protocolVersion, writes);
        await connected(client('mqtt://user@broker', { transport, protocolVersion }));
        // fixed header, protocol name, level, flags
        const at = 2 + 2 + (protocolVersion === 3 ? 'MQIsdp' : 'MQTT').length + 1;
        expect(writes[0]![at]! & 0b1100_0010).to.equal(flags);
        expect(Buffer.from(writes[0]!).includes('user')).to.equal(true);
      });
    }
  });

  describe('P11: ping, resend and reconnect timers', () => {
    const options = (protocolVersion: 5 | 4): MqttOptions => ({
      protocolVersion,
      keepalive: 1,
      pingTimeout: 300,
      reconnect: { initial: 50, jitter: 'none' },
      closeTimeout: 1,
    });

    it(
      'P11: each on its own, on one connection after the other (3.1.1)',
      mqttMarbles(({ broker, client: make, expectTimeline }) => {
        // nothing is acknowledged, one ping is answered and the next is not; then a connection that holds
        const attempts = ['-c 949ms p', '-c 9ms k'];
        const packets = { c: connack({ sessionPresent: true }), p: pingresp, k: puback(1) };
        const mqtt = make(
          broker(attempts, packets, 4),
          { ...options(4), clean: false, clientId: 'me', resendInterval: 800 },
          2600,
        );
        timer(10).subscribe(() => mqtt.publish('t', 'x', { qos: 1 }).subscribe());
        expectTimeline(
          mqtt.packet$.pipe(
            map(({ direction, packet }) => `${direction === 'sent' ? '>' : '<'} ${describePacket(packet)}`),
          ),
        ).toBe(
          '10 > CONNECT v4 resume',
          '11 < CONNACK',
          '11 > PUBLISH q1 #1 t',
          '761 > PINGREQ',
          '811 > PUBLISH q1 #1 dup t',
          '961 < PINGRESP',
          '1561 > PINGREQ',
          '1611 > PUBLISH q1 #1 dup t',
          // 300 ms for the answer, 50 ms to the next attempt
          '1911 > CONNECT v4 resume',
          '1912 < CONNACK',
          '1912 > PUBLISH q1 #1 dup t',
          '1922 < PUBACK #1',
          '2600 > DISCONNECT',
        );
      }),
    );

    it('P11: 5.0 forbids to resend on a live connection, so resendInterval is refused there', () => {
      expect(() => client('mqtt://h', { ...options(5), resendInterval: 800 }))
        .to.throw(MqttError, 'MQTT 5.0 forbids')
        .with.property('subject', 'resendInterval');
    });
  });

  describe('Z7: socket keepalive', () => {
    const setKeepAlive = Socket.prototype.setKeepAlive;
    let broker: AedesServer;
    let calls: unknown[][];
    beforeEach(async () => {
      broker = await startAedes();
      calls = [];
      Socket.prototype.setKeepAlive = function (...args) {
        calls.push(args);
        return setKeepAlive.apply(this, args);
      };
    });
    afterEach(async () => {
      Socket.prototype.setKeepAlive = setKeepAlive;
      await broker.close();
    });

    it('Z7: idle is set on the socket, and nothing where it is not asked for', async () => {
      await connected(client(broker.url, { tcp: { keepAlive: { idle: 5000 } } }));
      expect(calls.at(-1)!.slice(0, 2)).to.deep.equal([true, 5000]);
      calls.length = 0;
      await connected(client(broker.url));
      expect(calls).to.deep.equal([]);
    });

    it('Z7: count and interval are set too, or refused by name where this version of Node cannot set them', async () => {
      const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
      const mqtt = client(broker.url, { tcp: { keepAlive: { idle: 5000, interval: 2000, count: 3 } } });
      if (major > 26 || (major === 26 && minor >= 4)) {
        await connected(mqtt);
        expect(calls.at(-1)).to.deep.equal([true, 5000, 2000, 3]);
      } else {
        const closed = inState(mqtt, 'closed');
        expect(await failure(mqtt.connect())).to.include({ code: 'NOT_SUPPORTED', subject: 'tcp.keepAlive.interval' });
        expect((await closed).error).to.include({ code: 'NOT_SUPPORTED' });
        expect(calls).to.deep.equal([]);
      }
    });
  });

  describe('I3: little overhead (how fast it is, a benchmark tells)', () => {
    for (const qos of [0, 1] as const) {
      it(`I3: 1,000 messages of QoS ${qos} that are published in one turn are one write to the link`, async () => {
        const writes: Uint8Array[] = [];
        const mqtt = client('mqtt://h', { transport: recording(4, writes), protocolVersion: 4 });
        await connected(mqtt);
        writes.length = 0;
        const sent = Array.from({ length: 1000 }, (_, i) =>
          lastValueFrom(mqtt.publish('a/b', `message ${String(i).padStart(3, '0')}`, { qos, until: 'sent' })),
        );
        await Promise.all(sent);
        expect(writes).to.have.length(1);
        // header, topic with its length, packet id, payload
        const size = 2 + 2 + 'a/b'.length + (qos > 0 ? 2 : 0) + 'message 000'.length;
        expect(writes[0]).to.have.length(1000 * size);
      });
    }

    it('I3: 100 acknowledgements that one chunk asks for are one write to the link', async () => {
      const writes: Uint8Array[] = [];
      const data$ = new Subject<Uint8Array>();
      const mqtt = client('mqtt://h', { transport: recording(4, writes, data$), protocolVersion: 4 });
      const got: string[] = [];
      mqtt.topic$('t').subscribe({ next: message => got.push(message.topic), error: () => undefined });
      await connected(mqtt);
      await Promise.resolve();
      writes.length = 0;
      const frame = (id: number) => [0x32, 5, 0, 1, 't'.charCodeAt(0), 0, id];
      data$.next(Uint8Array.from(Array.from({ length: 100 }, (_, i) => frame(i + 1)).flat()));
      await new Promise(resolve => setImmediate(resolve));
      expect(got).to.have.length(100);
      expect(writes.map(chunk => chunk.length)).to.deep.equal([100 * 4]);
    });
  });
});
