import { BadRequestException, Controller, type PipeTransform } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { expect } from 'chai';
import { Subject, bufferCount, firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { type MqttClient, MqttError, bytes, mqtt } from '../../src/index.js';
import type { MqttHandlerOptions } from '../../src/nestjs/index.js';
import { virtualBroker } from '../../src/testing/index.js';
import { type MemoryLogger, closeAll, createProxy, startService } from './service.js';

const calls = new Subject<unknown>();

class NumbersOnly implements PipeTransform {
  transform(value: unknown): number {
    if (typeof value === 'number') return value;
    throw new BadRequestException('not a number');
  }
}

@Controller()
class Meters {
  @EventPattern<string>('readings/+id')
  onReading(@Payload(NumbersOnly) kWh: number) {
    calls.next(kWh);
  }

  @EventPattern<string>('acknowledged', { onError: 'ack' } satisfies MqttHandlerOptions)
  onAcknowledged() {
    throw new RpcException('no');
  }

  @EventPattern<string>('retried', {
    onError: 'retry',
    retry: { initial: 1, maxRetries: 1, giveUp: 'leave' },
  } satisfies MqttHandlerOptions)
  onRetried() {
    throw new RpcException({ code: 7 });
  }

  @MessagePattern('circle')
  circle() {
    const circle: Record<string, unknown> = {};
    return (circle.self = circle);
  }

  @MessagePattern('too large')
  tooLarge() {
    return 'x'.repeat(1000);
  }

  @MessagePattern('wrong codec', { codec: bytes } satisfies MqttHandlerOptions)
  wrongCodec() {
    return { no: 'bytes' };
  }
}

describe('What NestJS handlers cannot process', () => {
  let client: MqttClient;
  let logger: MemoryLogger;

  beforeEach(async () => {
    const { transport } = virtualBroker({ connack: { maximumPacketSize: 500 } });
    client = mqtt('mqtt://virtual', { transport });
    ({ logger } = await startService([Meters], { client }));
  });

  afterEach(async () => {
    await closeAll();
    await client[Symbol.asyncDispose]();
  });

  /** Resolves with the first failures that the service logs. */
  const failures = (count: number) => firstValueFrom(logger.line$('warn', 'The message to').pipe(bufferCount(count)));

  it('is logged, with what becomes of the message', async () => {
    for (const topic of ['readings/1', 'acknowledged', 'retried'])
      await firstValueFrom(client.publish(topic, 'text', { qos: 1 }));
    await firstValueFrom(client.publish('readings/2', 'text', { qos: 0 }));
    expect(await failures(5)).to.have.members([
      "The message to 'readings/1' was not processed, and is rejected: Internal server error",
      "The message to 'acknowledged' was not processed, and is acknowledged: no",
      "The message to 'retried' was not processed, and is tried again in 1 ms",
      "The message to 'retried' was not processed, and is left to the next connection",
      "The message to 'readings/2' was not processed: Internal server error",
    ]);
  });

  it('does not hold up what comes after it', async () => {
    const call = firstValueFrom(calls);
    for (const payload of ['text', '7']) await firstValueFrom(client.publish('readings/1', payload, { qos: 1 }));
    expect(await call).to.equal(7);
    expect(await failures(1)).to.have.length(1);
  });

  for (const [request, reason] of [
    ['circle', 'JSON has no form'],
    ['too large', '500'],
    ['wrong codec', 'payload'],
  ] as const) {
    it(`is answered with an error, if the reply cannot be published: ${request}`, async () => {
      const proxy = createProxy({ client });
      const error = await lastValueFrom(proxy.send(request, 1).pipe(toArray())).catch((cause: unknown) => cause);
      expect(error).to.deep.equal({ status: 'error', message: 'Internal server error' });
      expect(logger.at('error').join())
        .to.include(`A reply to the request '${request}' was not published`)
        .and.include(reason);
    });
  }

  it('is an event that a server or a proxy does not have', () => {
    const proxy = createProxy({ client });
    const listen = () => proxy.on('connect' as 'connection', () => undefined);
    expect(listen).to.throw(MqttError, "unknown event 'connect'; known are connection, error, warning, packet");
  });
});
