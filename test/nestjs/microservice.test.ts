import {
  type CallHandler,
  Catch,
  Controller,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Scope,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, MqttRecordBuilder, Payload, RpcException } from '@nestjs/microservices';
import { expect } from 'chai';
import type { Observable } from 'rxjs';
import { EMPTY, NEVER, Subject, firstValueFrom, lastValueFrom, map, of, take, throwError, toArray } from 'rxjs';
import { type MqttClient, MqttError, mqtt } from '../../src/index.js';
import type { MqttContext } from '../../src/nestjs/index.js';
import { type MqttHandlerOptions } from '../../src/nestjs/index.js';
import { type Mosquitto, describeMosquitto, startMosquitto } from '../support/mosquitto.js';
import { closeAll, createProxy, startService } from './service.js';

/** What handlers got, in order. */
const seen = new Subject<unknown>();
const next = () => firstValueFrom(seen);

@Injectable()
class Doubling implements NestInterceptor {
  intercept(_context: ExecutionContext, handler: CallHandler<number>): Observable<number> {
    return handler.handle().pipe(map(value => value * 2));
  }
}

class KnownProblem extends Error {}

@Catch(KnownProblem)
class KnownProblems {
  catch = (problem: KnownProblem) => throwError(() => ({ known: problem.message }));
}

let finish = new Subject<void>();

@Controller()
class Devices {
  @EventPattern<string>('devices/+id/#rest')
  onEvent(@Payload() data: unknown, @Ctx() context: MqttContext<{ id: string; rest: string }>) {
    seen.next({ data, topic: context.topic, params: context.params, properties: context.properties });
  }

  @EventPattern<string>('slow/+id', { qos: 2 } satisfies MqttHandlerOptions)
  onSlow(@Ctx() { params }: MqttContext<{ id: string }>) {
    seen.next(`begins ${params.id}`);
    return finish;
  }

  @EventPattern<string>('bad')
  onBad() {
    throw new RpcException('no such thing');
  }

  @MessagePattern('sum')
  sum(@Payload() numbers: number[]) {
    return numbers.reduce((a, b) => a + b, 0);
  }

  @MessagePattern({ cmd: 'hello' })
  async hello(@Payload('name') name: string) {
    return `hello ${name}`;
  }

  @MessagePattern('count')
  count(@Payload() upTo: number) {
    return of(...Array.from({ length: upTo }, (_, i) => i + 1));
  }

  @MessagePattern('nothing')
  nothing() {
    return EMPTY;
  }

  @MessagePattern('never')
  never() {
    seen.next('asked');
    return NEVER;
  }

  @MessagePattern('fail')
  fail(@Payload() how: string) {
    if (how === 'rpc') throw new RpcException({ code: 7, message: 'not today' });
    if (how === 'known') throw new KnownProblem('seven');
    throw new Error('a secret of the implementation');
  }

  @UseFilters(KnownProblems)
  @MessagePattern('fail/filtered')
  failFiltered() {
    throw new KnownProblem('seven');
  }

  @UseInterceptors(Doubling)
  @MessagePattern('doubled')
  doubled(@Payload() value: number) {
    return value;
  }

  @MessagePattern('record')
  record() {
    return new MqttRecordBuilder('data').setProperties({ userProperties: { unit: 'C' } }).build();
  }

  @MessagePattern('bytes')
  bytes(@Payload() data: unknown) {
    return data instanceof Uint8Array ? data.slice().reverse() : 'no bytes';
  }
}

@Injectable({ scope: Scope.REQUEST })
class RequestState {
  count = 0;
}

@Controller()
class Scoped {
  constructor(@Inject(RequestState) private readonly state: RequestState) {}

  @MessagePattern('scoped')
  count() {
    return ++this.state.count;
  }
}

describeMosquitto('A NestJS microservice over MQTT', () => {
  let broker: Mosquitto;
  let client: MqttClient;

  before(async () => {
    broker = await startMosquitto();
  });

  after(() => broker.stop());

  beforeEach(() => {
    client = mqtt(broker.url);
    finish = new Subject();
  });

  afterEach(async () => {
    await closeAll();
    await client[Symbol.asyncDispose]();
  });

  const publish = (topic: string, payload: string | Uint8Array, properties = {}) =>
    firstValueFrom(client.publish(topic, payload, { qos: 1, properties }));

  describe('events', () => {
    it('go to the handler of their filter, with the levels that its wildcards matched', async () => {
      await startService([Devices], { url: broker.url });
      const event = next();
      await publish('devices/7/state/on', '{"on":true}', { userProperties: [['unit', 'V']] });
      expect(await event).to.deep.equal({
        data: { on: true },
        topic: 'devices/7/state/on',
        params: { id: '7', rest: 'state/on' },
        properties: { userProperties: [['unit', 'V']] },
      });
    });

    const forms: [string, string | Uint8Array, object, unknown][] = [
      ['text', 'on', {}, 'on'],
      ['a number', '12', {}, 12],
      ['digits that are text', '12', { contentType: 'text/plain' }, '12'],
      ['bytes', new Uint8Array([0xff, 0]), {}, new Uint8Array([0xff, 0])],
      ["the envelope of NestJS's own transport", '{"pattern":"x","data":{"a":1}}', {}, { a: 1 }],
      ['an object that only has data', '{"data":{"a":1}}', {}, { data: { a: 1 } }],
      ['nothing', '', {}, ''],
    ];
    for (const [name, payload, properties, data] of forms) {
      it(`bring ${name}`, async () => {
        await startService([Devices], { url: broker.url });
        const event = next();
        await publish('devices/7', payload, properties);
        expect(await event)
          .to.have.property('data')
          .that.deep.equals(data);
      });
    }

    it('are acknowledged when the handler has completed', async () => {
      const { server } = await startService([Devices], { url: broker.url });
      const acks: unknown[] = [];
      server.on('packet', ({ direction, packet }) => {
        if (direction === 'sent' && packet.cmd === 'pubrec') acks.push(packet);
      });
      const begun = next();
      await firstValueFrom(client.publish('slow/1', '', { qos: 2 }));
      expect(await begun).to.equal('begins 1');
      expect(acks).to.be.empty;
      const acknowledged = new Promise<void>(resolve =>
        server.on('packet', ({ direction, packet }) => {
          if (direction === 'sent' && packet.cmd === 'pubrec') resolve();
        }),
      );
      finish.complete();
      await acknowledged;
    });

    it('are rejected if the handler fails, and the handler gets the next ones', async () => {
      const { server, logger } = await startService([Devices], { url: broker.url });
      const refused = new Promise<unknown>(resolve =>
        server.on('packet', ({ direction, packet }) => {
          if (direction === 'sent' && packet.cmd === 'puback' && packet.reasonCode !== 0) resolve(packet.reasonCode);
        }),
      );
      await publish('bad', 'x');
      expect(await refused).to.equal(0x83);
      expect(logger.at('error').join()).to.include('no such thing');
      const event = next();
      await publish('devices/8', 'y');
      expect(await event).to.have.property('data', 'y');
    });

    it('are emitted by a proxy, with what an MqttRecord says', async () => {
      await startService([Devices], { url: broker.url });
      const proxy = createProxy({ url: broker.url });
      const event = next();
      const record = new MqttRecordBuilder({ on: 1 })
        .setQoS(2)
        .setProperties({ userProperties: { a: ['1', '2'] } })
        .build();
      const result = await firstValueFrom(proxy.emit('devices/9/x', record));
      expect(result).to.include({ topic: 'devices/9/x', qos: 2, reached: 'acknowledged' });
      const { data, properties } = (await event) as { data: unknown; properties: object };
      expect(data).to.deep.equal({ on: 1 });
      expect(properties).to.deep.include({
        contentType: 'application/json',
        userProperties: [
          ['a', '1'],
          ['a', '2'],
        ],
      });
    });

    it('go to one of the services of a group', async () => {
      const options = { url: broker.url, handlers: { group: 'workers' } };
      await startService([Devices], options);
      await startService([Devices], options);
      const events = firstValueFrom(
        seen.pipe(
          take(4),
          map(event => (event as { data: unknown }).data),
          toArray(),
        ),
      );
      for (const data of ['1', '2', '3']) await publish('devices/1', data);
      await publish('devices/1', 'end');
      expect(await events).to.have.members([1, 2, 3, 'end']);
    });
  });

  describe('requests', () => {
    it('are answered with a value, a promise, or an Observable of any number', async () => {
      await startService([Devices], { url: broker.url });
      const proxy = createProxy({ url: broker.url });
      const all = <T>(pattern: unknown, data: unknown) => lastValueFrom(proxy.send<T>(pattern, data).pipe(toArray()));
      expect(await all('sum', [1, 2, 3])).to.deep.equal([6]);
      expect(await all({ cmd: 'hello' }, { name: 'Ada' })).to.deep.equal(['hello Ada']);
      expect(await all('count', 3)).to.deep.equal([1, 2, 3]);
      expect(await all('nothing', '')).to.deep.equal([]);
      expect(await all('bytes', new Uint8Array([0xff, 1]))).to.deep.equal([new Uint8Array([1, 0xff])]);
      expect(await all('doubled', 21)).to.deep.equal([42]);
      expect(await all('record', '')).to.deep.equal(['data']);
    });

    it('are answered to anybody who sends a response topic', async () => {
      await startService([Devices], { url: broker.url });
      const reply = await firstValueFrom(client.request('sum', '[2,3]'));
      expect(reply.json()).to.equal(5);
      expect(reply.properties.userProperties).to.deep.equal([['reply-status', 'complete']]);
    });

    it('error with what the service threw, after its exception filters', async () => {
      await startService([Devices], { url: broker.url });
      const proxy = createProxy({ url: broker.url });
      const errorOf = (pattern: string, data: string) =>
        lastValueFrom(proxy.send(pattern, data)).then(
          () => 'no error',
          (error: unknown) => error,
        );
      expect(await errorOf('fail', 'rpc')).to.deep.equal({ code: 7, message: 'not today' });
      expect(await errorOf('fail', 'other')).to.deep.equal({ status: 'error', message: 'Internal server error' });
      expect(await errorOf('fail/filtered', '')).to.deep.equal({ known: 'seven' });
    });

    it('error with NO_RESPONDER if no service has the pattern', async () => {
      const proxy = createProxy({ url: broker.url });
      const error = await lastValueFrom(proxy.send('nobody/there', 1)).catch((cause: unknown) => cause);
      expect(MqttError.is(error, 'NO_RESPONDER')).to.equal(true);
    });

    it('error with REQUEST_TIMEOUT if no reply comes', async () => {
      await startService([Devices], { url: broker.url, shutdownTimeout: 0 });
      const proxy = createProxy({ url: broker.url, timeout: 50 });
      const error = await lastValueFrom(proxy.send('never', 1)).catch((cause: unknown) => cause);
      expect(MqttError.is(error, 'REQUEST_TIMEOUT')).to.equal(true);
    });

    it('have providers of their own where these are scoped to the request', async () => {
      await startService([Scoped], { url: broker.url }, [RequestState]);
      const proxy = createProxy({ url: broker.url });
      expect(await lastValueFrom(proxy.send('scoped', 1))).to.equal(1);
      expect(await lastValueFrom(proxy.send('scoped', 1))).to.equal(1);
    });

    it('get no reply at a topic that replyTo refuses', async () => {
      await startService([Devices], { url: broker.url, replyTo: topic => topic.startsWith('allowed/') });
      const request = { timeout: 2000, replies: 1 };
      const allowed = await firstValueFrom(client.request('sum', '[1,1]', { ...request, responseTopic: 'allowed/1' }));
      expect(allowed.json()).to.equal(2);
      const refused = await firstValueFrom(
        client.request('sum', '[1,1]', { ...request, timeout: 50, responseTopic: 'other/1' }),
      ).catch((cause: unknown) => cause);
      expect(MqttError.is(refused, 'REQUEST_TIMEOUT')).to.equal(true);
    });
  });

  describe('its life', () => {
    it('ends with the handlers that run, and leaves the other messages to the next process', async () => {
      const options = {
        url: broker.url,
        options: { clientId: 'durable', clean: false, sessionExpiry: 60 },
        shutdownTimeout: 5000,
      };
      const { app } = await startService([Devices], options);
      const begun = next();
      for (const id of ['1', '2']) await firstValueFrom(client.publish(`slow/${id}`, '', { qos: 2 }));
      expect(await begun).to.equal('begins 1');
      const closed = app.close();
      finish.complete();
      await closed;

      const begunAgain = next();
      await startService([Devices], { ...options, options: { ...options.options, clean: false } });
      expect(await begunAgain).to.equal('begins 2');
    });

    it('ends after shutdownTimeout although a handler runs', async () => {
      const { app, server } = await startService([Devices], { url: broker.url, shutdownTimeout: 20 });
      const begun = next();
      await firstValueFrom(client.publish('slow/1', '', { qos: 2 }));
      await begun;
      await app.close();
      expect(server.client.connection.status).to.equal('closed');
      expect(finish.observed).to.equal(false);
    });

    it('shows its status and its client', async () => {
      const { server } = await startService([Devices], { url: broker.url });
      expect(await firstValueFrom(server.status)).to.equal('connected');
      expect(server.unwrap()).to.equal(server.client);
    });

    it('does not listen if the broker refuses a filter', async () => {
      @Controller()
      class Wrong {
        @EventPattern<string>('a/#/b')
        on() {
          seen.next('never');
        }
      }
      const error = await startService([Wrong], { url: broker.url }).catch((cause: unknown) => cause);
      expect(MqttError.is(error, 'INVALID_ARGUMENT')).to.equal(true);
    });
  });
});
