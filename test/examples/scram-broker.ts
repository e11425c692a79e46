import type { Socket } from 'node:net';
import { type IAuthPacket, type IConnectPacket, type Packet, generate, parser } from 'mqtt-packet';
import { ScramServer, type StoredPassword } from '../../examples/scram/server.js';
import { type WrongServer, startTcpServer } from '../support/tcp-servers.js';

const method = 'SCRAM-SHA-256';

/** A broker that knows CONNECT, AUTH and nothing else. `signature` is given what it has to prove itself by. */
export function startScramBroker(
  users: ReadonlyMap<string, StoredPassword>,
  signature = (right: string | undefined) => right,
): Promise<WrongServer> {
  return startTcpServer(socket => talk(socket, users, signature));
}

function talk(
  socket: Socket,
  users: ReadonlyMap<string, StoredPassword>,
  signature: (right: string | undefined) => string | undefined,
): void {
  const codec = parser({ protocolVersion: 5 });
  let scram: ScramServer;
  let connected = false;
  const send = (packet: Packet) => socket.write(generate(packet, { protocolVersion: 5 }));
  const properties = (text: string | undefined) => ({
    authenticationMethod: method,
    ...(text === undefined ? {} : { authenticationData: Buffer.from(text) }),
  });
  const refuse = () => {
    if (connected) send({ cmd: 'disconnect', reasonCode: 0x87 });
    else send({ cmd: 'connack', sessionPresent: false, reasonCode: 0x87 });
    socket.end();
  };
  const begin = ({ properties: given }: IConnectPacket | IAuthPacket) => {
    scram = new ScramServer(users);
    const challenge = scram.challenge(String(given?.authenticationData));
    if (challenge === undefined || given?.authenticationMethod !== method) return refuse();
    send({ cmd: 'auth', reasonCode: 0x18, properties: properties(challenge) });
  };
  codec.on('packet', packet => {
    if (packet.cmd === 'disconnect') return socket.end();
    if (packet.cmd === 'connect') return begin(packet);
    if (packet.cmd !== 'auth') return;
    if (packet.reasonCode === 0x19) return begin(packet);
    const proof = scram.verify(String(packet.properties?.authenticationData));
    if (proof === undefined) return refuse();
    if (connected) send({ cmd: 'auth', reasonCode: 0, properties: properties(signature(proof)) });
    else send({ cmd: 'connack', sessionPresent: false, reasonCode: 0, properties: properties(signature(proof)) });
    connected = true;
  });
  socket.on('data', chunk => codec.parse(chunk));
}
