import type { Socket } from 'node:net';
import { type Contestant, type Latch, type Task, latch } from '../contestant.js';
import { Gatherer, frames, publishPacket } from '../frames.js';
import { closeSocket, openSocket } from './sockets.js';

/** Written by hand for this race alone: no session, no checks, no errors. What is left is what MQTT itself costs in this runtime. */
export async function minimum(): Promise<Contestant> {
  let socket: Socket;
  let task: Task;
  let out: Gatherer;
  let connack = latch();
  let suback: Latch | undefined;
  let settled = () => {};
  let received = () => {};
  const waiting = new Set<number>();

  const onFrame = (bytes: Buffer, start: number, body: number) => {
    const first = bytes[start]!;
    switch (first >> 4) {
      case 2:
        return connack.open();
      case 9:
        return suback?.open();
      case 4:
      case 7:
        waiting.delete(bytes.readUInt16BE(body));
        return settled();
      case 5:
        return out.ack(0x62, bytes.readUInt16BE(body));
      case 6:
        return out.ack(0x70, bytes.readUInt16BE(body));
      case 3: {
        const qos = (first >> 1) & 3;
        const topicLength = bytes.readUInt16BE(body);
        bytes.toString('latin1', body + 2, body + 2 + topicLength);
        received();
        if (qos > 0) out.ack(qos === 1 ? 0x40 : 0x50, bytes.readUInt16BE(body + 2 + topicLength));
      }
    }
  };

  return {
    async start(what, onMessage) {
      task = what;
      received = onMessage;
      socket = await openSocket(task.port);
      out = new Gatherer(bytes => socket.write(bytes));
      const cut = frames(onFrame);
      socket.on('data', (chunk: Buffer) => {
        cut(chunk);
        out.flush();
      });
      const id = Buffer.from(task.clientId);
      // 5.0 has a length of properties
      const none = task.version === 5 ? [0] : [];
      connack = latch();
      const body = [0, 4, 0x4d, 0x51, 0x54, 0x54, task.version, 2, 0, 60, ...none, 0, id.length, ...id];
      out.bytes(Buffer.from([0x10, body.length, ...body]));
      out.flush();
      await connack.opened;
      if (task.filters.length === 0) return;
      if (task.filters.length > 1) throw new Error('the minimum has one filter');
      suback = latch();
      const filter = Buffer.from(task.filters[0]!);
      out.bytes(Buffer.from([0x82, 5 + filter.length, 0, 1, 0, filter.length, ...filter, task.qos]));
      out.flush();
      await suback.opened;
    },

    async publish(topic, count) {
      const { packet, idAt } = publishPacket(topic, Buffer.alloc(task.size, 0x61), task.qos, task.version);
      let sent = 0;
      let done = 0;
      let packetId = 0;
      const end = latch();
      const next = () => {
        sent++;
        if (task.qos === 0) return out.bytes(packet);
        packetId = (packetId % 0xffff) + 1;
        waiting.add(packetId);
        return out.numbered(packet, idAt, packetId);
      };
      settled = () => {
        if (++done === count) end.open();
        else if (sent < count) next();
      };
      if (task.qos > 0) {
        for (let i = Math.min(task.window, count); i > 0; i--) next();
        out.flush();
        return end.opened;
      }
      while (sent < count) {
        for (let i = Math.min(task.window, count - sent); i > 0; i--) next();
        out.flush();
        if (socket.writableNeedDrain) await new Promise(resolve => socket.once('drain', resolve));
      }
    },

    stop: () => closeSocket(socket),
  };
}
