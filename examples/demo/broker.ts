import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import type { Address } from './link.js';

export interface Broker extends Address {
  /** For the header. */
  readonly name: string;
  readonly username?: string;
  readonly password?: string;
  close(): Promise<void>;
}

/** A broker in this process, on a free port. */
export async function embeddedBroker(): Promise<Broker> {
  const aedes = await Aedes.createBroker();
  tellReleasesApart((aedes as unknown as { persistence: Persistence }).persistence);
  const server = createServer(socket => void aedes.handle(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: '127.0.0.1',
    port,
    name: `aedes, in this process on port ${port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      await new Promise<void>(resolve => aedes.close(resolve));
      await closed;
    },
  };
}

interface Persistence {
  outgoingUpdate(client: unknown, packet: { cmd: string; messageId: number }): Promise<unknown>;
}

/**
 * The store of aedes (aedes-persistence 11.0.0) finds a record by brokerId and brokerCounter. A PUBREL has neither, so two that
 * wait at a time are one to it, and a message that was completed comes again after a reconnect. Here each is given its own.
 */
function tellReleasesApart(store: Persistence): void {
  const update = store.outgoingUpdate.bind(store);
  store.outgoingUpdate = (client, packet) => {
    if (packet.cmd === 'pubrel') Object.assign(packet, { brokerId: 'pubrel', brokerCounter: packet.messageId });
    return update(client, packet);
  };
}

/** A broker of the user's. The credentials of its URL are used, and not shown. */
export function remoteBroker(url: URL): Broker {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || 1883);
  const username = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  return {
    host,
    port,
    name: `${url.hostname}:${port}`,
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    close: async () => undefined,
  };
}
