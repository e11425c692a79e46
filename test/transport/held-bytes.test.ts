import { type Server, type Socket, createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { expect } from 'chai';
import mqttPacket from 'mqtt-packet';
import { defer, lastValueFrom, mergeMap, range, repeat } from 'rxjs';
import { mqtt } from '../../src/index.js';
import { certificate } from '../support/certificates.js';
import { CuttableServer } from '../support/cuttable-server.js';
import { loopback } from '../support/ports.js';
import { describeWithoutLeaks } from '../support/resources.js';

const ROUNDS = 40;
const MESSAGES = 100;
const size = (index: number) => (index * 977) % 9000;

/** Counts the messages that come, and those that are not as they were published. */
class SlowBroker {
  arrived = 0;
  wrong = 0;
  #chunks = 0;

  readonly talk = (socket: Socket): void => {
    const parser = mqttPacket.parser();
    parser.on('packet', packet => {
      if (packet.cmd === 'connect') socket.write(Uint8Array.of(0x20, 2, 0, 0));
      if (packet.cmd !== 'publish') return;
      const index = Number(packet.topic);
      const payload = packet.payload as Buffer;
      if (payload.length !== size(index) || payload.some(byte => byte !== index % 251)) this.wrong++;
      this.arrived++;
    });
    socket.on('data', chunk => {
      parser.parse(chunk);
      // the kernel's buffers fill up, and the socket of the client begins to hold bytes
      if (++this.#chunks % 8 !== 0) return;
      socket.pause();
      setImmediate(() => setImmediate(() => socket.resume()));
    });
  };
}

describeWithoutLeaks('what is written to a socket', () => {
  const { cert, key } = certificate({ name: 'server', hosts: [loopback] });

  const links: readonly [string, (talk: (socket: Socket) => void) => Server][] = [
    ['mqtt', talk => createServer(talk)],
    ['mqtts', talk => createTlsServer({ cert, key }, talk)],
  ];

  for (const [protocol, listen] of links) {
    it(`arrives as it was published, however slowly the broker reads: ${protocol}://`, async () => {
      const broker = new SlowBroker();
      const server = await CuttableServer.over(listen(broker.talk));
      const tls = protocol === 'mqtts' ? { tls: { ca: cert } } : {};
      const client = mqtt(`${protocol}://${loopback}:${server.port}`, { protocolVersion: 4, reconnect: false, ...tls });
      const publish = (index: number) =>
        client.publish(String(index), new Uint8Array(size(index)).fill(index % 251), { until: 'sent' });
      let next = 0;
      const round$ = defer(() => {
        const first = next;
        next += MESSAGES;
        return range(first, MESSAGES).pipe(mergeMap(publish));
      });
      await lastValueFrom(client.connect());
      await lastValueFrom(round$.pipe(repeat(ROUNDS)));
      await lastValueFrom(client.disconnect(), { defaultValue: undefined });
      await server.stop();
      expect(broker).to.include({ arrived: ROUNDS * MESSAGES, wrong: 0 });
    });
  }
});
