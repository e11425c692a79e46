import { countAssertion } from '../support/assertions.js';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type Server, createServer } from 'node:net';
import { type TLSSocket, type TlsOptions, createServer as createTlsServer } from 'node:tls';
import { inspect } from 'node:util';
import { Aedes } from 'aedes';
import { expect } from 'chai';
import { WebSocketServer, createWebSocketStream } from 'ws';
import { type MqttClient, MqttError, type MqttErrorCode, type MqttOptions } from '../../src/index.js';
import {
  closed,
  closedAfterEach,
  connected,
  failure,
  published,
  subscribed,
  texts,
  unique,
} from '../broker/support.js';
import { CuttableServer } from '../support/cuttable-server.js';

/** A broker behind something that is not plain TCP. */
export interface Door {
  readonly port: number;
  /** TCP connections now. */
  connections(): number;
  close(): Promise<void>;
}

export interface TlsDoor extends Door {
  /** The TLS connections so far, the latest last. */
  readonly sockets: readonly TLSSocket[];
}

export interface WebSocketDoor extends Door {
  readonly broker: Aedes;
  /** Of the upgrade requests so far, the latest last. */
  readonly requests: readonly { url?: string | undefined; headers: Readonly<Record<string, unknown>> }[];
}

export async function tlsDoor(options: TlsOptions): Promise<TlsDoor> {
  const broker = await Aedes.createBroker();
  const sockets: TLSSocket[] = [];
  const server = createTlsServer(options, socket => {
    sockets.push(socket);
    void broker.handle(socket);
  });
  return { ...(await doorOf(server, broker)), sockets };
}

/** aedes behind WebSocket, at `/mqtt`; any other path is 404. With `tls` behind TLS as well. */
export async function webSocketDoor(tls?: TlsOptions): Promise<WebSocketDoor> {
  const broker = await Aedes.createBroker();
  const http = tls ? createHttpsServer(tls) : createHttpServer();
  const requests: WebSocketDoor['requests'][number][] = [];
  const webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: protocols => [...protocols].find(protocol => protocol.startsWith('mqtt')) ?? false,
  });
  http.on('upgrade', (request, socket, head) => {
    requests.push({ url: request.url, headers: request.headers });
    if (!request.url?.startsWith('/mqtt'))
      return void socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    webSockets.handleUpgrade(request, socket, head, webSocket => {
      const stream = createWebSocketStream(webSocket);
      stream.on('error', () => undefined); // a client that hangs up
      void broker.handle(stream, request);
    });
  });
  return { ...(await doorOf(http, broker)), broker, requests };
}

/** aedes behind a unix socket. */
export async function unixDoor(path: string): Promise<{ close(): Promise<void> }> {
  const broker = await Aedes.createBroker();
  const server = createServer(socket => void broker.handle(socket));
  await new Promise<void>(resolve => server.listen(path, resolve));
  return {
    close: async () => {
      await new Promise(resolve => server.close(resolve));
      await new Promise<void>(resolve => broker.close(resolve));
    },
  };
}

async function doorOf(server: Server, broker: Aedes): Promise<Door> {
  const tcp = await CuttableServer.over(server);
  return {
    port: tcp.port,
    connections: () => tcp.connections(),
    async close() {
      await tcp.stop();
      await new Promise<void>(resolve => broker.close(resolve));
    },
  };
}

/** Clients of one suite: they do not try twice, and are closed after the test. */
export interface Clients {
  (url: string, options?: MqttOptions): MqttClient;
  /** Connects, subscribes, publishes, and gets its own message back. Gives the client. */
  exchange(url: string, options?: MqttOptions, length?: number): Promise<MqttClient>;
  /** The error of a connection that must fail, checked for code and phase and for what it may never hold. */
  fail(url: string, options: MqttOptions, expected: Expected): Promise<MqttError>;
}

export interface Expected {
  code?: MqttErrorCode;
  phase?: string | undefined;
  words: RegExp;
  secrets?: readonly string[];
}

export function transportClients(): Clients {
  const make = closedAfterEach({ protocolVersion: 4 });
  const client = (url: string, options: MqttOptions = {}) => make(url, { reconnect: false, ...options });
  return Object.assign(client, {
    async exchange(url: string, options?: MqttOptions, length = 250_000): Promise<MqttClient> {
      const one = client(url, options);
      await connected(one);
      const topic = unique();
      const inbox = await subscribed(one, topic, { qos: 1 });
      const long = 'x'.repeat(length);
      await published(one, topic, 'short', { qos: 1 });
      await published(one, topic, long, { qos: 1 });
      expect(texts(await inbox.first(2))).to.deep.equal(['short', long]);
      return one;
    },
    async fail(url: string, options: MqttOptions, expected: Expected): Promise<MqttError> {
      const { code = 'CONNECTION_FAILED', phase, words, secrets = [] } = expected;
      const one = client(url, options);
      const error = await failure(one.connect());
      expect(error).to.satisfy((it: unknown) => MqttError.is(it), inspect(error));
      const failed = error as MqttError;
      expect(failed.message).to.match(words);
      expect(failed).to.include({ code });
      expect(failed.phase).to.equal(phase);
      for (const secret of secrets) expect(everything(failed)).not.to.include(secret);
      return failed;
    },
  });
}

/** Whatever a program could print of an error, numbers of bytes included. */
const everything = (error: unknown): string =>
  inspect(error, { depth: 12, showHidden: true, maxStringLength: Infinity });

/** When nobody is connected any more. */
export async function none(server: { connections(): number }): Promise<void> {
  while (server.connections() > 0) await new Promise(resolve => setImmediate(resolve));
  countAssertion();
}

export { closed };
