import { generate, parser, type IConnectPacket, type Packet } from 'mqtt-packet';
import { closeSocket, openSocket } from './ports.js';

/** A bare socket with a codec that is not ours: what the brokers' own tests need, and the other end of ours. */
export interface RawClient {
  send(packet: Packet): void;
  /** The next packet that was not asked for yet; errors when the connection ends before. */
  next(): Promise<Packet>;
  /** When the connection is closed: the error that closed it, if one did. */
  readonly closed: Promise<Error | undefined>;
  close(): Promise<void>;
}

export async function openRawClient(port: number, protocolVersion: 3 | 4 | 5 = 4): Promise<RawClient> {
  const socket = await openSocket(port);
  const version = { protocolVersion };
  const codec = parser(version);
  const packets: Packet[] = [];
  let ended: Error | undefined;
  let wake = (): void => undefined;
  codec.on('packet', (packet: Packet) => {
    packets.push(packet);
    wake();
  });
  socket.on('data', chunk => codec.parse(chunk));
  const closed = new Promise<Error | undefined>(resolve => {
    let reason: Error | undefined;
    socket.on('error', error => (reason = error));
    socket.on('close', () => {
      ended = reason ?? new Error('the connection was closed');
      wake();
      resolve(reason);
    });
  });
  return {
    send: packet => void socket.write(generate(packet, version)),
    async next() {
      while (packets.length === 0) {
        if (ended !== undefined) throw ended;
        await new Promise<void>(resolve => (wake = resolve));
      }
      return packets.shift()!;
    },
    closed,
    close: () => closeSocket(socket),
  };
}

export function connectPacket(options: Partial<IConnectPacket> = {}): IConnectPacket {
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clientId: 'raw',
    clean: true,
    keepalive: 0,
    ...options,
  };
}
