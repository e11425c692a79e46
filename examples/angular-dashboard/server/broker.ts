import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { Aedes, type Client } from 'aedes';

export interface Broker {
  /** For the devices. */
  readonly url: string;
  /** Takes a link that was opened elsewhere: a WebSocket. */
  handle(link: Duplex): void;
  /** Ends the link of a client without DISCONNECT, as a power failure does, so that its will is published. */
  unplug(clientId: string): void;
  close(): Promise<void>;
}

export async function startBroker(): Promise<Broker> {
  const aedes = await Aedes.createBroker();
  const clients = new Map<string, Client>();
  aedes.on('client', client => clients.set(client.id, client));
  const server = createServer(socket => void aedes.handle(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    handle: link => void aedes.handle(link),
    unplug: clientId => clients.get(clientId)?.close(),
    async close() {
      const closed = once(server, 'close');
      server.close();
      await new Promise<void>(resolve => aedes.close(resolve));
      await closed;
    },
  };
}
