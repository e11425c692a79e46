import { createServer } from 'node:http';
import { Aedes } from 'aedes';
import { WebSocketServer, createWebSocketStream } from 'ws';
import { closeServer, listen, loopback } from '../../support/ports.js';

/** A broker that a page can reach. */
export interface WebBroker {
  readonly url: string;
  /** How many connections there were. */
  connections(): number;
  /** Resolves with the next SUBSCRIBE for a topic, and rejects if none comes in 20 s. */
  nextSubscribe(topic: string): Promise<void>;
  retain(topic: string, payload: string): Promise<void>;
  close(): Promise<void>;
}

export async function startWebBroker(): Promise<WebBroker> {
  const broker = await Aedes.createBroker();
  const server = createServer();
  const upgrades = new WebSocketServer({ server });
  let connections = 0;
  broker.on('client', () => connections++);
  upgrades.on('connection', socket => {
    const stream = createWebSocketStream(socket);
    // A page that is closed cuts its connection.
    stream.on('error', () => undefined);
    void broker.handle(stream);
  });
  const port = await listen(server);
  return {
    url: `ws://${loopback}:${port}`,
    connections: () => connections,
    nextSubscribe: topic =>
      new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error(`no SUBSCRIBE for ${topic}`)), 20_000).unref();
        broker.on('subscribe', subscriptions => {
          if (subscriptions.some(subscription => subscription.topic === topic)) resolve();
        });
      }),
    retain: (topic, payload) =>
      new Promise((resolve, reject) => {
        const packet = { cmd: 'publish', topic, payload, qos: 0, retain: true, dup: false } as const;
        broker.publish(packet, error => (error ? reject(error) : resolve()));
      }),
    async close() {
      for (const socket of upgrades.clients) socket.terminate();
      server.closeAllConnections();
      await closeServer(server);
      await new Promise<void>(resolve => broker.close(resolve));
    },
  };
}
