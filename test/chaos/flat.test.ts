import { expect } from 'chai';
import { filter, firstValueFrom, lastValueFrom, of } from 'rxjs';
import { type MqttClient, type MqttOptions, mqtt } from '../../src/index.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { startTcpServer } from '../support/tcp-servers.js';
import { FastBroker } from './fast-broker.js';
import { expectFlat } from './flat.js';

describeWithoutLeaks('nothing grows', () => {
  describe('in memory, version 5', function () {
    this.timeout(60_000);

    const inMemory = (broker: FastBroker, options: MqttOptions = {}) =>
      mqtt('mqtt://memory', { protocolVersion: 5, transport: broker.transport, closeTimeout: 100, ...options });

    it('10,000 clients, one after the other', async () => {
      const broker = new FastBroker();
      await expectFlat(10_000, rounds => comeAndGo(rounds, () => inMemory(broker)));
      expect(broker.links).to.equal(0);
    });

    it('2,000 connects and disconnects of one client', async () => {
      const broker = new FastBroker();
      const client = inMemory(broker);
      await expectFlat(2_000, rounds => comeAndGo(rounds, () => client));
      expect(broker.links).to.equal(0);
    });

    it('10,000 lost connections of one client, with a subscription and messages on their way', async () => {
      const broker = new FastBroker();
      const client = inMemory(broker, { clientId: 'me', clean: false, reconnect: () => of(undefined) });
      await expectFlat(10_000, rounds => loseConnections(rounds, client, broker));
      await disconnected(client);
      expect(broker.links).to.equal(0);
    });

    it('10,000 calls of reconnect()', async () => {
      const broker = new FastBroker();
      const client = inMemory(broker, { clientId: 'me', clean: false });
      await firstValueFrom(client.connect());
      await expectFlat(10_000, async rounds => {
        for (let i = 0; i < rounds; i++) await firstValueFrom(client.reconnect());
      });
      await disconnected(client);
      expect(broker.links).to.equal(0);
    });

    it('10,000 subscriptions that come and go', async () => {
      const client = inMemory(new FastBroker());
      await expectFlat(10_000, async rounds => {
        for (let i = 0; i < rounds; i++) {
          const there = acknowledged(client, 'subscribe');
          const subscription = client.topic$(`a/${i}/+`, { qos: 1 }).subscribe();
          await there;
          const gone = acknowledged(client, 'unsubscribe');
          subscription.unsubscribe();
          await gone;
        }
      });
      await disconnected(client);
    });

    it('100,000 messages of QoS 1', async () => {
      const client = inMemory(new FastBroker());
      await expectFlat(100_000, async rounds => {
        for (let i = 0; i < rounds; i += 100) {
          const all = Array.from({ length: 100 }, (_, k) => client.publish(`a/${k % 7}`, `${i + k}`, { qos: 1 }));
          await Promise.all(all.map(result$ => firstValueFrom(result$)));
        }
      });
      await disconnected(client);
    });
  });

  describe('over sockets, version 4', function () {
    this.timeout(60_000);

    it('1,000 clients', async () => {
      const broker = new FastBroker();
      const server = await startTcpServer(broker.serve);
      await expectFlat(1_000, rounds => comeAndGo(rounds, () => mqtt(server.url, { protocolVersion: 4 })));
      await server.close();
    });

    it('1,000 lost connections of one client', async () => {
      const broker = new FastBroker();
      const server = await startTcpServer(broker.serve);
      const client = mqtt(server.url, {
        protocolVersion: 4,
        clientId: 'me',
        clean: false,
        reconnect: () => of(undefined),
      });
      await expectFlat(1_000, rounds => loseConnections(rounds, client, broker));
      await disconnected(client);
      await server.close();
    });
  });
});

async function comeAndGo(rounds: number, next: () => MqttClient): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    const client = next();
    await firstValueFrom(client.connect());
    await disconnected(client);
  }
}

/** On each connection two messages go out that are not acknowledged; on the next one they are. */
async function loseConnections(rounds: number, client: MqttClient, broker: FastBroker): Promise<void> {
  await firstValueFrom(client.connect());
  const subscription = client.topic$('a').subscribe();
  for (let i = 0; i < rounds; i++) {
    const ignored = broker.ignore(2);
    const results = Promise.all(['one', 'two'].map(text => firstValueFrom(client.publish('b', text, { qos: 1 }))));
    await ignored;
    broker.cut();
    await results;
  }
  subscription.unsubscribe();
}

const acknowledged = (client: MqttClient, kind: 'subscribe' | 'unsubscribe') =>
  firstValueFrom(client.ack$.pipe(filter(ack => ack.kind === kind)));

const disconnected = (client: MqttClient) => lastValueFrom(client.disconnect(), { defaultValue: undefined });
