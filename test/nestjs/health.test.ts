import 'reflect-metadata';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { mqttHealth } from '../../src/nestjs/index.js';
import { type AedesServer, startAedes } from '../support/aedes.js';
import { closeAll, createProxy } from './service.js';

describe('The health indicator of NestJS', () => {
  let broker: AedesServer;

  beforeEach(async () => {
    broker = await startAedes();
  });

  afterEach(async () => {
    await closeAll();
    await broker.close();
  });

  it('is up while the client is connected, and down with the reason otherwise', async () => {
    const testing = await Test.createTestingModule({
      imports: [TerminusModule.forRoot({ logger: false, errorLogStyle: 'json' })],
    }).compile();
    const health = testing.get(HealthCheckService);
    const proxy = createProxy({ url: broker.url });
    const report = () =>
      health.check([mqttHealth(proxy)]).catch((error: unknown) => (error as { response: unknown }).response);

    expect(await report()).to.nested.include({
      status: 'error',
      'details.mqtt.status': 'down',
      'details.mqtt.connection': 'idle',
    });
    await proxy.connect();
    expect(await report()).to.nested.include({
      status: 'ok',
      'details.mqtt.status': 'up',
      'details.mqtt.url': broker.url,
    });
    const lost = firstValueFrom(proxy.status.pipe(filter(status => status === 'reconnecting')));
    await broker.stop();
    await lost;
    expect(await report()).to.nested.include({ status: 'error', 'details.mqtt.connection': 'reconnecting' });
    expect(await report())
      .to.nested.property('details.mqtt.message')
      .that.is.a('string');
  });
});
