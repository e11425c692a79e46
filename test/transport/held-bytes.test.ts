import type { Socket } from 'node:net';
import { expect } from 'chai';
import mqttPacket from 'mqtt-packet';
import { defer, lastValueFrom, mergeMap, range, repeat } from 'rxjs';
import { mqtt } from '../../src/index.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { startTcpServer } from '../support/tcp-servers.js';

const ROUNDS = 40;
const MESSAGES = 100;
const size = (index: number) => (index * 977) % 9000;

describeWithoutLeaks('what is written to a socket', () => {
  it('arrives as it was published, however slowly the broker reads', async () => {
    let arrived = 0;
    let wrong = 0;
    let pauses = 0;
    const server = await startTcpServer((socket: Socket) => {
      const parser = mqttPacket.parser();
      parser.on('packet', packet => {
        if (packet.cmd === 'connect') socket.write(Uint8Array.of(0x20, 2, 0, 0));
        if (packet.cmd !== 'publish') return;
        const index = Number(packet.topic);
        const payload = packet.payload as Buffer;
        if (payload.length !== size(index) || payload.some(byte => byte !== index % 251)) wrong++;
        arrived++;
      });
      socket.on('data', chunk => {
        parser.parse(chunk);
        // the kernel's buffers fill up, and the socket of the client begins to hold bytes
        if (++pauses % 8 !== 0) return;
        socket.pause();
        setImmediate(() => setImmediate(() => socket.resume()));
      });
    });
    const client = mqtt(server.url, { protocolVersion: 4, reconnect: false });
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
    await server.close();
    expect({ arrived, wrong }).to.deep.equal({ arrived: ROUNDS * MESSAGES, wrong: 0 });
  });
});
