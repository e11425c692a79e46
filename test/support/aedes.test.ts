import { expect } from 'chai';
import { startAedes, type AedesServer } from './aedes.js';
import { openSocket } from './ports.js';
import { connectPacket, openRawClient, type RawClient } from './raw-client.js';
import { describeWithoutLeaks } from './resources.js';

describeWithoutLeaks('startAedes', () => {
  let server: AedesServer;

  beforeEach(async () => {
    server = await startAedes();
  });
  afterEach(() => server.close());

  async function connected(options = {}): Promise<RawClient> {
    const client = await openRawClient(server.port);
    client.send(connectPacket(options));
    expect(await client.next()).to.include({ cmd: 'connack', returnCode: 0 });
    return client;
  }

  it('is a broker', async () => {
    const client = await connected();
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a/+', qos: 1 }] });
    expect(await client.next()).to.deep.include({ cmd: 'suback', granted: [1] });
    client.send({ cmd: 'publish', topic: 'a/b', payload: 'hello', qos: 0, dup: false, retain: false });
    expect(await client.next()).to.include({ cmd: 'publish', topic: 'a/b' });
    expect(server.connections()).to.equal(1);
    await client.close();
  });

  it('cuts its clients off with a reset, and takes new ones', async () => {
    const client = await connected();
    server.cut();
    expect(await client.closed).to.include({ code: 'ECONNRESET' });
    await (await connected()).close();
  });

  it('goes away and comes back on the same port with its sessions', async () => {
    const session = { clean: false };
    const client = await connected(session);
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 1 }] });
    await client.next();
    await server.stop();
    await client.closed;
    expect(await openSocket(server.port).catch((error: unknown) => error)).to.include({ code: 'ECONNREFUSED' });

    await server.start();
    const again = await openRawClient(server.port);
    again.send(connectPacket(session));
    expect(await again.next()).to.include({ cmd: 'connack', sessionPresent: true });
    await again.close();
  });
});
