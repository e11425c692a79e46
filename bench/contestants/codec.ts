import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { type Contestant, type Task, latch } from '../contestant.js';
import { closeSocket, openSocket } from './sockets.js';

/** mqtt-packet alone, its writes gathered: no session, no checks. */
export async function codec(): Promise<Contestant> {
  let socket: Socket;
  let task: Task;
  let gathered: Buffer[] = [];
  let settled = () => {};
  const connack = latch();
  const suback = latch();
  const waiting = new Set<number>();

  // mqtt-packet writes to a stream; this one keeps the pieces
  const pieces = { write: (piece: Buffer | string) => !!gathered.push(Buffer.from(piece as Buffer)) };
  const send = (packet: Packet) =>
    mqttPacket.writeToStream(packet, pieces as unknown as Writable, { protocolVersion: task.version });
  const flush = () => {
    if (gathered.length === 0) return;
    socket.write(Buffer.concat(gathered));
    gathered = [];
  };

  return {
    async start(what, received) {
      task = what;
      socket = await openSocket(task.port);
      const parser = mqttPacket.parser({ protocolVersion: task.version });
      parser.on('packet', (packet: Packet) => {
        const messageId = packet.messageId!;
        switch (packet.cmd) {
          case 'connack':
            return connack.open();
          case 'suback':
            return suback.open();
          case 'puback':
          case 'pubcomp':
            waiting.delete(messageId);
            return settled();
          case 'pubrec':
            return void send({ cmd: 'pubrel', messageId });
          case 'pubrel':
            return void send({ cmd: 'pubcomp', messageId });
          case 'publish':
            received();
            if (packet.qos > 0) send({ cmd: packet.qos === 1 ? 'puback' : 'pubrec', messageId });
            return;
          default:
        }
      });
      socket.on('data', chunk => {
        parser.parse(chunk);
        flush();
      });
      const { clientId, filters, qos, version } = task;
      send({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: version, clean: true, keepalive: 60, clientId });
      flush();
      await connack.opened;
      if (filters.length === 0) return;
      send({ cmd: 'subscribe', messageId: 1, subscriptions: filters.map(topic => ({ topic, qos })) });
      flush();
      await suback.opened;
    },

    async publish(topic, count) {
      const payload = Buffer.alloc(task.size, 0x61);
      const { qos } = task;
      const end = latch();
      let sent = 0;
      let done = 0;
      let messageId = 0;
      const next = () => {
        sent++;
        if (qos > 0) waiting.add((messageId = (messageId % 0xffff) + 1));
        send({ cmd: 'publish', topic, payload, qos, dup: false, retain: false, ...(qos > 0 && { messageId }) });
      };
      settled = () => {
        if (++done === count) end.open();
        else if (sent < count) next();
      };
      if (qos > 0) {
        for (let i = Math.min(task.window, count); i > 0; i--) next();
        flush();
        return end.opened;
      }
      while (sent < count) {
        for (let i = Math.min(task.window, count - sent); i > 0; i--) next();
        flush();
        if (socket.writableNeedDrain) await new Promise(resolve => socket.once('drain', resolve));
      }
    },

    stop: () => closeSocket(socket),
  };
}
