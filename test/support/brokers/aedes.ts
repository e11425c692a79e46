import { createServer } from 'node:http';
import { WebSocketServer, createWebSocketStream } from 'ws';
import { startAedes } from '../aedes.js';
import { CuttableServer } from '../cuttable-server.js';
import type { BrokerKind } from './broker.js';

export const aedes: BrokerKind = {
  name: 'aedes',
  missing: 'aedes comes with npm ci',
  isInstalled: () => true,
  async start() {
    const { port, broker, close } = await startAedes();
    const http = createServer();
    const webSockets = new WebSocketServer({ server: http, handleProtocols: offered => [...offered][0] ?? false });
    webSockets.on('connection', (socket, request) => {
      const stream = createWebSocketStream(socket);
      stream.on('error', () => undefined); // a cut is no matter of the server
      void broker.handle(stream, request);
    });
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
