import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { CuttableServer } from './cuttable-server.js';
import { freePort, loopback } from './ports.js';

/** Something that is no broker, at the address of one. */
export interface WrongServer {
  readonly url: string;
  readonly port: number;
  connections(): number;
  close(): Promise<void>;
}

/** Speaks HTTP: it answers a CONNECT with 400 Bad Request. */
export function startHttpServer(): Promise<WrongServer> {
  return start(createHttpServer((_, response) => void response.writeHead(404).end('no broker here')));
}

/** Takes connections, reads, and never says a word. */
export function startSilentServer(): Promise<WrongServer> {
  return start(createServer({ allowHalfOpen: true }, socket => socket.resume()));
}

/** Ends each connection at once. */
export function startClosingServer(): Promise<WrongServer> {
  return start(createServer(socket => socket.end().resume()));
}

/** Gives each connection to `talk`: for brokers of a few hand-made bytes. */
export function startTcpServer(talk: (socket: Socket) => void): Promise<WrongServer> {
  return start(createServer(talk));
}

/** An address at which nobody listens. */
export async function refusedServer(): Promise<WrongServer> {
  const port = await freePort();
  return { url: urlOf(port), port, connections: () => 0, close: () => Promise.resolve() };
}

async function start(server: Server): Promise<WrongServer> {
  const tcp = await CuttableServer.over(server);
  return {
    url: urlOf(tcp.port),
    port: tcp.port,
    connections: () => tcp.connections(),
    close: () => tcp.stop(),
  };
}

function urlOf(port: number): string {
  return `mqtt://${loopback}:${port}`;
}
