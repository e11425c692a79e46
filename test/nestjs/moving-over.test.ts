import { Controller } from '@nestjs/common';
import { ClientMqtt, EventPattern, MessagePattern, Payload, ServerMqtt } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { expect } from 'chai';
import { Subject, firstValueFrom, lastValueFrom, of, toArray } from 'rxjs';
import { MqttServer, type MqttClientProxyOptions } from '../../src/nestjs/index.js';
import { type AedesServer, startAedes } from '../support/aedes.js';
import { MemoryLogger, closeAll, createProxy, startService } from './service.js';

const events = new Subject<unknown>();

@Controller()
class Numbers {
  @MessagePattern('sum')
  sum(@Payload() numbers: number[]) {
    return numbers.reduce((a, b) => a + b, 0);
  }

  @MessagePattern('count')
  count(@Payload() upTo: number) {
    return of(...Array.from({ length: upTo }, (_, i) => i + 1));
  }

  @MessagePattern('fail')
  fail() {
    throw new Error('a secret of the implementation');
  }

  @EventPattern<string>('told')
  told(@Payload() data: unknown) {
    events.next(data);
  }
}

// aedes speaks 3.1.1, so that even the automatic convention is that of NestJS
describe("NestJS's own MQTT transport and this one", () => {
  let broker: AedesServer;
  let stock: { close(): unknown }[];

  before(async () => {
    broker = await startAedes();
  });

  after(() => broker.close());

  beforeEach(() => {
    stock = [];
  });

  afterEach(async () => {
    for (const each of stock) await each.close();
    await closeAll();
  });

  async function startStockService(): Promise<void> {
    const testing = await Test.createTestingModule({ controllers: [Numbers] })
      .setLogger(new MemoryLogger())
      .compile();
    const app = testing.createNestMicroservice({ strategy: new ServerMqtt({ url: broker.url }) });
    stock.push(app);
    const server = (app as unknown as { serverInstance: ServerMqtt }).serverInstance;
    const subscribed = new Promise<void>(resolve => {
      let left = 4;
      broker.broker.on('subscribe', function count() {
        if (--left > 0) return;
        broker.broker.removeListener('subscribe', count);
        resolve();
      });
    });
    await app.listen();
    expect(server).to.be.instanceOf(ServerMqtt);
    await subscribed;
  }

  function createStockClient(): ClientMqtt {
    const client = new ClientMqtt({ url: broker.url });
    stock.push(client);
    return client;
  }

  const proxies: [string, MqttClientProxyOptions['convention']][] = [
    ["convention: 'nest'", 'nest'],
    ['a 3.1.1 connection', 'auto'],
  ];
  for (const [name, convention] of proxies) {
    it(`a proxy with ${name} asks a service that has not moved`, async () => {
      await startStockService();
      const proxy = createProxy({ url: broker.url, convention: convention ?? 'auto' });
      expect(await lastValueFrom(proxy.send('sum', [1, 2, 3]))).to.equal(6);
      expect(await lastValueFrom(proxy.send('count', 3).pipe(toArray()))).to.deep.equal([1, 2, 3]);
      const error = await lastValueFrom(proxy.send('fail', 1)).catch((cause: unknown) => cause);
      expect(error).to.deep.equal({ status: 'error', message: 'Internal server error' });
    });
  }

  it('a proxy tells a service that has not moved', async () => {
    await startStockService();
    const event = firstValueFrom(events);
    await firstValueFrom(createProxy({ url: broker.url, convention: 'nest' }).emit('told', { a: 1 }));
    expect(await event).to.deep.equal({ a: 1 });
  });

  it('a client that has not moved asks and tells this service', async () => {
    await startService([Numbers], { url: broker.url });
    const client = createStockClient();
    expect(await lastValueFrom(client.send('sum', [1, 2, 3]))).to.equal(6);
    expect(await lastValueFrom(client.send('count', 3).pipe(toArray()))).to.deep.equal([1, 2, 3]);
    const error = await lastValueFrom(client.send('fail', 1)).catch((cause: unknown) => cause);
    expect(error).to.deep.equal({ status: 'error', message: 'Internal server error' });
    const event = firstValueFrom(events);
    await firstValueFrom(client.emit('told', { a: 1 }), { defaultValue: undefined });
    expect(await event).to.deep.equal({ a: 1 });
  });

  it('many requests wait for their replies at a time', async () => {
    await startService([Numbers], { url: broker.url });
    const proxy = createProxy({ url: broker.url });
    const sums = await Promise.all(Array.from({ length: 100 }, (_, i) => lastValueFrom(proxy.send('sum', [i, 1]))));
    expect(sums).to.deep.equal(Array.from({ length: 100 }, (_, i) => i + 1));
  });
});

describe('The options of the NestJS transport', () => {
  it('are checked when it is created', () => {
    expect(() => new MqttServer({ url: 'http://h' }))
      .to.throw()
      .with.property('code', 'INVALID_ARGUMENT');
  });
});
