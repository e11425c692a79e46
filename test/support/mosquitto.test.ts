import { expect } from 'chai';
import { describeMosquitto, startMosquitto, type Mosquitto, type MosquittoOptions } from './mosquitto.js';
import { openSocket } from './ports.js';
import { connectPacket, openRawClient, type RawClient } from './raw-client.js';
import { describeWithoutLeaks } from './resources.js';

describeMosquitto('startMosquitto', () => {
  describeWithoutLeaks('for the length of a test', () => {
    let broker: Mosquitto | undefined;

    afterEach(async () => {
      await broker?.stop();
      broker = undefined;
    });

    async function start(options?: MosquittoOptions): Promise<Mosquitto> {
      return (broker = await startMosquitto(options));
    }

    async function connected(port: number): Promise<[RawClient, boolean | undefined]> {
      const client = await openRawClient(port, 5);
      client.send(connectPacket({ protocolVersion: 5, clean: false, properties: { sessionExpiryInterval: 600 } }));
      const connack = await client.next();
      expect(connack).to.include({ cmd: 'connack', reasonCode: 0 });
      return [client, (connack as { sessionPresent?: boolean }).sessionPresent];
    }

    it('speaks 5.0, and keeps a log', async () => {
      const { port, log } = await start();
      const [client] = await connected(port);
      await client.close();
      expect(log()).to.include('Sending CONNACK to raw');
    });

    it('logs no clients where that is not wanted, and names its process', async () => {
      const { port, log, pid } = await start({ isLogged: false });
      const [client] = await connected(port);
      await client.close();
      expect(process.kill(pid()!, 0)).to.equal(true);
      await broker?.stop();
      expect(log()).to.not.match(/client|raw/i);
    });

    it('takes lines of configuration', async () => {
      const { port } = await start({ config: ['allow_anonymous false'] });
      const client = await openRawClient(port, 5);
      client.send(connectPacket({ protocolVersion: 5 }));
      expect(await client.next()).to.include({ cmd: 'connack', reasonCode: 0x87 });
      await client.close();
    });

    it('remembers sessions over a restart with persistence', async () => {
      const { port, restart } = await start({ persistence: true });
      const [client, present] = await connected(port);
      expect(present).to.equal(false);
      client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 1 }] });
      await client.next();
      await restart();
      await client.closed;
      const [again, stillPresent] = await connected(port);
      expect(stillPresent).to.equal(true);
      await again.close();
    });

    it('forgets them without, and comes back after a kill', async () => {
      const { port, kill, restart } = await start();
      const [client] = await connected(port);
      await kill();
      await client.closed;
      expect(await openSocket(port).catch((error: unknown) => error)).to.include({ code: 'ECONNREFUSED' });
      await restart();
      const [again, present] = await connected(port);
      expect(present).to.equal(false);
      await again.close();
    });

    it('says why it does not start', async () => {
      const error = await startMosquitto({ config: ['no_such_option'] }).catch((reason: unknown) => reason);
      expect(String(error)).to.include('no_such_option');
    });
  });
});
