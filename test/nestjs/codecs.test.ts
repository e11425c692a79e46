import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, MqttRecordBuilder, Payload, RpcException } from '@nestjs/microservices';
import { expect } from 'chai';
import { Subject, firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import { type MqttClient, MqttError, type PayloadCodec, bytes, json, mqtt } from '../../src/index.js';
import { type MqttHandlerOptions, MqttClientProxy } from '../../src/nestjs/index.js';
import { type Mosquitto, describeMosquitto, startMosquitto } from '../support/mosquitto.js';
import { closeAll, createProxy, startService } from './service.js';

/** Four bytes, big-endian. Some numbers of this form look like text. */
const int32: PayloadCodec<number> = {
  decode(payload) {
    if (payload.length !== 4) throw new Error(`an int32 has 4 bytes, not ${payload.length}`);
    return new DataView(payload.buffer, payload.byteOffset).getInt32(0);
  },
  encode(value) {
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setInt32(0, value);
    return payload;
  },
};

const LIKE_TEXT = 0x31323334; // '1234'

const seen = new Subject<unknown>();
const next = () => firstValueFrom(seen);

@Controller()
class Counters {
  @EventPattern<string>('counters/+id', { codec: int32 } satisfies MqttHandlerOptions)
  onCounter(@Payload() value: number) {
    seen.next(value);
  }

  @EventPattern<string>('raw', { codec: bytes } satisfies MqttHandlerOptions)
  onRaw(@Payload() value: Uint8Array) {
    seen.next(value);
  }

  @EventPattern<string>('later', { codec: json(async value => Promise.resolve([value])) } satisfies MqttHandlerOptions)
  onLater(@Payload() value: unknown) {
    seen.next(value);
  }

  @MessagePattern('next', { codec: int32 } satisfies MqttHandlerOptions)
  next(@Payload() value: number) {
    if (value < 0) throw new RpcException({ code: 7 });
    return value + 1;
  }

  @MessagePattern('following', { codec: int32 } satisfies MqttHandlerOptions)
  following(@Payload() value: number) {
    return new MqttRecordBuilder(value + 1).setProperties({ userProperties: { unit: 'one' } }).build();
  }
}

describeMosquitto('A codec of the NestJS transport', () => {
  let broker: Mosquitto;
  let client: MqttClient;

  before(async () => {
    broker = await startMosquitto();
  });

  after(() => broker.stop());

  beforeEach(() => {
    client = mqtt(broker.url, { quiet: true });
  });

  afterEach(async () => {
    await closeAll();
    await client[Symbol.asyncDispose]();
  });

  it('reads what would look like text, also when it returns promises', async () => {
    await startService([Counters], { url: broker.url });
    const proxy = createProxy({ url: broker.url, codec: int32 });
    const count = next();
    await firstValueFrom(proxy.emit('counters/1', LIKE_TEXT));
    expect(await count).to.equal(LIKE_TEXT);

    const raw = next();
    await firstValueFrom(proxy.emit('raw', LIKE_TEXT));
    expect(await raw).to.deep.equal(new Uint8Array([0x31, 0x32, 0x33, 0x34]));

    const later = next();
    await firstValueFrom(client.publish('later', '1'));
    expect(await later).to.deep.equal([1]);
  });

  it('writes requests and replies, and leaves errors as they are', async () => {
    await startService([Counters], { url: broker.url });
    const proxy = createProxy({ url: broker.url, codec: int32 });
    expect(await lastValueFrom(proxy.send<number>('following', LIKE_TEXT).pipe(toArray()))).to.deep.equal([
      LIKE_TEXT + 1,
    ]);
    const [reply] = await lastValueFrom(client.request('following', int32.encode(1, '')).pipe(take(1), toArray()));
    expect(reply!.payload).to.deep.equal(int32.encode(2, ''));
    expect(reply!.properties.userProperties).to.deep.include(['unit', 'one']);
    const error: unknown = await lastValueFrom(proxy.send('next', -1)).catch((cause: unknown) => cause);
    expect(error).to.deep.equal({ code: 7 });
  });

  it('keeps what it cannot read from the handler, and says so', async () => {
    const { server } = await startService([Counters], { url: broker.url });
    const undecodable = firstValueFrom(server.client.undecodable$);
    await firstValueFrom(client.publish('counters/1', 'too long', { qos: 1 }));
    const { error, message } = await undecodable;
    expect(error.message).to.include('an int32 has 4 bytes, not 8');
    expect(message.topic).to.equal('counters/1');
    const count = next();
    await firstValueFrom(client.publish('counters/1', int32.encode(5, ''), { qos: 1 }));
    expect(await count).to.equal(5);
  });

  it('refuses data that it cannot write', async () => {
    const proxy = createProxy({ url: broker.url, codec: json(value => value) });
    const loop: unknown[] = [];
    loop.push(loop);
    const error: unknown = await firstValueFrom(proxy.emit('counters/1', loop)).catch((cause: unknown) => cause);
    expect(MqttError.is(error, 'INVALID_ARGUMENT')).to.equal(true);
  });

  it('has no requests in 3.1.1, whose envelope is JSON', async () => {
    const proxy = createProxy({ url: broker.url, codec: int32, options: { protocolVersion: 4 } });
    const error: unknown = await lastValueFrom(proxy.send('next', 1)).catch((cause: unknown) => cause);
    expect(MqttError.is(error, 'NOT_SUPPORTED')).to.equal(true);
    expect(() => new MqttClientProxy({ codec: int32, convention: 'nest' }))
      .to.throw("'codec' and convention 'nest' exclude each other")
      .with.property('code', 'INVALID_ARGUMENT');
  });
});
