import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filter, firstValueFrom, map } from 'rxjs';
import type { MqttClient, MqttOptions, QoS } from '../../src/index.js';
import { certificate } from '../support/certificates.js';
import { describeMosquitto, type Mosquitto, startMosquitto } from '../support/mosquitto.js';
import { freePort, loopback } from '../support/ports.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { type SlowProxy, startSlowProxy } from '../support/slow-proxy.js';
import { closed, closedAfterEach, connected, published, subscribed, unique } from './support.js';

const RATE = 100_000;
/** Longer on the way than the silence that is allowed and the wait for an answer to a ping together. */
const SIZE = 180_000;

// mosquitto serves WebSockets by a poll, and answers pings on them late: that link is held to its duty in test/transport/progress.test.ts
const protocols = ['mqtt', 'mqtts'] as const;

const authority = certificate({ name: 'authority', authority: true });
const { cert, key } = certificate({ name: 'server', hosts: [loopback], issuer: authority });

describeMosquitto('a slow link of 100 kB/s', () => {
  describeWithoutLeaks('which is far slower than keepalive and pingTimeout are short', () => {
    const client = closedAfterEach({ protocolVersion: 5 });
    let directory: string;
    let broker: Mosquitto;
    const proxies: Partial<Record<string, SlowProxy>> = {};

    before('start mosquitto', async () => {
      directory = await mkdtemp(join(tmpdir(), 'slow-'));
      await writeFile(join(directory, 'cert.pem'), cert);
      await writeFile(join(directory, 'key.pem'), key);
      const tls = await freePort();
      broker = await startMosquitto({
        config: [
          `listener ${tls} ${loopback}`,
          `certfile ${join(directory, 'cert.pem')}`,
          `keyfile ${join(directory, 'key.pem')}`,
        ],
      });
      proxies.mqtt = await startSlowProxy(broker.port, RATE);
      proxies.mqtts = await startSlowProxy(tls, RATE);
    });
    after('stop mosquitto', async () => {
      for (const proxy of Object.values(proxies)) await proxy?.close();
      await broker.stop();
      await rm(directory, { recursive: true, force: true });
    });

    const options: MqttOptions = { keepalive: 0, idlePing: 1, pingTimeout: 500, probeTimeout: 500, ackTimeout: 1000 };
    const urlOf = (protocol: string) => `${protocol}://${loopback}:${proxies[protocol]?.port}`;
    const tlsOf = (protocol: string): MqttOptions => (protocol === 'mqtts' ? { tls: { ca: authority.cert } } : {});

    /** By every transport and at every QoS at the same time, because it takes its time. Each on one connection. */
    async function everyWay(transfer: (mqtt: MqttClient, qos: QoS) => Promise<void>): Promise<void> {
      const ways = protocols.flatMap(protocol => ([0, 1, 2] as const).map(qos => ({ protocol, qos })));
      const before = protocols.map(protocol => proxies[protocol]!.connections);
      await Promise.all(
        ways.map(async ({ protocol, qos }) => {
          const mqtt = client(urlOf(protocol), { ...options, ...tlsOf(protocol) });
          await connected(mqtt);
          await transfer(mqtt, qos);
          expect(mqtt.connection.status).to.equal('connected');
          await closed(mqtt); // the others may take longer, and mosquitto answers pings on a WebSocket late
        }),
      );
      expect(protocols.map((protocol, i) => proxies[protocol]!.connections - before[i]!)).to.deep.equal([3, 3]);
    }

    it('takes a large message out, by TCP and TLS, at every QoS [S120]', () =>
      everyWay(async (mqtt, qos) => {
        const topic = unique();
        const inbox = await subscribed(client(broker.url), topic, { qos });
        await published(mqtt, topic, new Uint8Array(SIZE).fill(qos), { qos });
        expect((await inbox.first(1))[0]!.payload).to.deep.equal(new Uint8Array(SIZE).fill(qos));
      }));

    it('brings a large message in, by TCP and TLS, at every QoS', () =>
      everyWay(async (mqtt, qos) => {
        const topic = unique();
        const inbox = await subscribed(mqtt, topic, { qos });
        await published(client(broker.url), topic, new Uint8Array(SIZE), { qos });
        expect((await inbox.first(1))[0]!.payload).to.have.length(SIZE);
      }));

    it('with a keepalive that mosquitto enforces', async () => {
      const mqtt = client(urlOf('mqtt'), { keepalive: 1, pingTimeout: 300, ackTimeout: 1000 });
      await connected(mqtt);
      const pinged = firstValueFrom(mqtt.packet$.pipe(filter(({ packet }) => packet.cmd === 'pingresp')));
      const begin = Date.now();
      await published(mqtt, unique(), new Uint8Array(SIZE), { qos: 1 });
      expect(Date.now() - begin).to.be.above(1500);
      await pinged;
      expect(await firstValueFrom(mqtt.stats$.pipe(map(({ reconnects }) => reconnects)))).to.equal(0);
    });
  });
});
