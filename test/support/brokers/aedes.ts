import { createServer } from 'node:http';
import { type Socket, connect } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { startAedes } from '../aedes.js';
import { CuttableServer } from '../cuttable-server.js';
import { loopback } from '../ports.js';
import type { BrokerKind } from './broker.js';

export const aedes: BrokerKind = {
  name: 'aedes',
  missing: 'aedes comes with npm ci',
  isInstalled: () => true,
  async start() {
    const { port, close } = await startAedes();
    const http = createServer();
    const webSockets = new WebSocketServer({ server: http, handleProtocols: offered => [...offered][0] ?? false });
    webSockets.on('connection', socket => bridge(socket, connect(port, loopback)));
    const server = await CuttableServer.over(http);
    return {
      tcp: port,
      ws: server.port,
      log: () => '',
      async stop() {
        await server.stop();
        await close();
      },
    };
  },
};

/** Carries bytes both ways. On Node 26, aedes gets no message of 1,000,000 bytes out of `createWebSocketStream()`, which is why it is not used. */
function bridge(webSocket: WebSocket, tcp: Socket): void {
  tcp.on('data', bytes => webSocket.send(bytes));
  tcp.on('close', () => webSocket.close());
  webSocket.on('message', bytes => tcp.write(bytes as Buffer));
  webSocket.on('close', () => tcp.end());
  // a cut is expected: both sides close after it
  tcp.on('error', () => undefined);
  webSocket.on('error', () => undefined);
}
