import { expect } from 'chai';
import { EMPTY, NEVER, Subject, from, map, noop, of, throwError } from 'rxjs';
import {
  type ClientHooks,
  type MqttClient,
  MqttError,
  type MqttWarning,
  ackAfter,
  addHooks,
  mqtt$,
} from '../../../src/index.js';
import { mockMqtt } from '../../../src/testing/index.js';
import { only, recordingHooks } from './record.js';

const responseTo = (topic: string) => ({ properties: { responseTopic: topic, correlationData: new Uint8Array([1]) } });

describe('addHooks()', () => {
  let lines: string[];
  beforeEach(() => (lines = []));

  describe('a published message', () => {
    it('is followed from its call to its settlement, whatever its subscriber awaits [S197]', () => {
      const client = mockMqtt();
      addHooks(client, only(recordingHooks(lines), 'onPublish'));
      client.publish('a', '1').subscribe();
      client.publish('b', '2', { qos: 1, until: 'queued' }).subscribe(() => lines.push('b emits'));
      client.publish('c', '3', { qos: 2 }).subscribe(() => lines.push('c emits'));
      expect(lines).to.deep.equal([
        ...['publish a q0', 'a queued', 'a sent', 'a delivered'],
        ...['publish b q1', 'b emits', 'b queued', 'b sent #', 'b delivered'],
        ...['publish c q2', 'c queued', 'c sent #', 'c delivered', 'c emits'],
      ]);
    });

    it('is one for each subscription of publish(), and each message of publishAll() [S197]', () => {
      const client = mockMqtt();
      addHooks(client, only(recordingHooks(lines), 'onPublish'));
      const twice$ = client.publish('a', '1');
      twice$.subscribe();
      twice$.subscribe();
      from(['b', 'c'])
        .pipe(
          map(topic => ({ topic, payload: '' })),
          client.publishAll({ qos: 1 }),
        )
        .subscribe();
      expect(lines.filter(line => line.startsWith('publish'))).to.deep.equal([
        'publish a q0',
        'publish a q0',
        'publishAll b q1',
        'publishAll c q1',
      ]);
      expect(lines.filter(line => line.endsWith('delivered'))).to.have.length(4);
    });

    it('settles as withdrawn when its subscriber leaves before it is sent [S197]', () => {
      const client = mockMqtt({ settle: 'byHand' });
      addHooks(client, only(recordingHooks(lines), 'onPublish'));
      client.publish('a', '1', { qos: 1 }).subscribe().unsubscribe();
      const source$ = new Subject<{ topic: string; payload: string }>();
      const all = source$.pipe(client.publishAll({ qos: 1 })).subscribe();
      source$.next({ topic: 'b', payload: '' });
      all.unsubscribe();
      expect(lines).to.deep.equal([
        ...['publish a q1', 'a queued', 'a withdrawn'],
        ...['publishAll b q1', 'b queued', 'b withdrawn'],
      ]);
    });

    it('settles with its error when the queue does not take it, it is refused, or the client closes [S197]', () => {
      const client = mockMqtt({ settle: 'byHand' });
      addHooks(client, only(recordingHooks(lines), 'onPublish'));
      client.publish('small', '', { qos: 1, until: 'queued' }).subscribe();
      client.publish('refused', '', { qos: 1 }).subscribe({ error: noop });
      client.publish('big', 'x'.repeat(3 << 20), { qos: 1 }).subscribe({ error: noop });
      client.published[1]!.fail(0x87);
      client.publish('c', '', { qos: 1 }).subscribe({ error: noop });
      client.publish('+/invalid').subscribe({ error: noop });
      client.setConnection('closed');
      client.publish('late').subscribe({ error: noop });
      expect(lines).to.deep.equal([
        ...['publish small q1', 'small queued', 'publish refused q1', 'refused queued'],
        ...['publish big q1', 'big rejected QUEUE_FULL', 'refused rejected PUBLISH_REFUSED'],
        ...['publish c q1', 'c queued', 'small rejected CLIENT_CLOSED', 'c rejected CLIENT_CLOSED'],
      ]);
    });

    it('may get user properties, after its own [S198]', () => {
      const client = mockMqtt();
      const add = (name: string): ClientHooks => ({ onPublish: () => ({ userProperties: [[name, '1']] }) });
      addHooks(client, add('x'));
      addHooks(client, add('y'));
      client.publish('a', '', { properties: { userProperties: [['own', '0']], contentType: 't' } }).subscribe();
      client.publish('b').subscribe();
      expect(client.published.map(({ properties }) => properties)).to.deep.equal([
        { userProperties: [...[['own', '0']], ['x', '1'], ['y', '1']], contentType: 't' },
        { userProperties: [...[['x', '1']], ['y', '1']] },
      ]);
    });

    it('is sent without user properties that are not valid, or too large for the broker [S198]', () => {
      const warnings: MqttWarning[] = [];
      const client = mockMqtt({ connection: 'connecting' });
      const connack = { sessionPresent: false, reasonCode: 0, properties: { maximumPacketSize: 50 } };
      client.setConnection({ status: 'connected', connack, limits: {} as never, url: 'mqtt://mock' });
      client.warning$.subscribe(warning => warnings.push(warning));
      let value: unknown = 'x'.repeat(100);
      addHooks(client, { onPublish: () => ({ userProperties: [['name', value as string]] }) });
      client.publish('a').subscribe();
      value = 7;
      client.publish('b').subscribe();
      value = 'fits';
      client.publish('c').subscribe();
      expect(client.published.map(({ status }) => status)).to.deep.equal(['delivered', 'delivered', 'delivered']);
      expect(client.published.map(({ properties }) => properties.userProperties)).to.deep.equal([
        undefined,
        undefined,
        [['name', 'fits']],
      ]);
      expect(warnings.map(warning => warning.code === 'HOOK_FAILED' && warning.hook)).to.deep.equal(['userProperties']);
    });
  });

  it('tells of each received message once, with the filters that get it, and wraps its delivery [S199]', () => {
    const client = mockMqtt();
    addHooks(client, only(recordingHooks(lines), 'onReceive'));
    client.topic$('a/#').subscribe(() => lines.push('a/#'));
    client.topic$(['a/+id', 'b']).subscribe(() => lines.push('a/+id'));
    client.topic$('a/+', { ack: 'manual' }).subscribe(() => lines.push('manual'));
    client.unrouted$.subscribe(() => lines.push('unrouted'));
    client.emit('a/1', '', { qos: 1 });
    client.emit('c');
    expect(lines).to.deep.equal([
      ...['received a/1 by a/# a/+', 'deliver a/1 {', 'a/#', 'a/+id', 'manual', '} deliver a/1'],
      ...['received c by ', 'deliver c {', 'unrouted', '} deliver c'],
    ]);
  });

  describe('a handler', () => {
    it('of consume() runs inside, and ends with what it returns [S199]', async () => {
      const client = mockMqtt();
      addHooks(client, only(recordingHooks(lines), 'onHandle'));
      const done = Promise.resolve();
      const handlers: Record<string, () => unknown> = {
        nothing: () => undefined,
        promise: () => done,
        failing: () => throwError(() => new Error('why')),
        never: () => NEVER,
      };
      const consuming = client
        .consume(
          '+name',
          ({ params }) => {
            lines.push(`call ${params.name}`);
            return handlers[params.name]!() as Promise<void>;
          },
          { onError: 'ack', concurrency: 9 },
        )
        .subscribe();
      for (const name of Object.keys(handlers)) client.emit(name, '', { qos: 1 });
      await done;
      await done;
      consuming.unsubscribe();
      const begin = (name: string) => [`consume ${name} by + 1`, `handle ${name} {`, `call ${name}`];
      expect(lines).to.deep.equal([
        ...[...begin('nothing'), 'handled nothing: completed', '} handle nothing'],
        ...[...begin('promise'), '} handle promise'],
        ...[...begin('failing'), 'handled failing: failed (why)', '} handle failing'],
        ...[...begin('never'), '} handle never'],
        ...['handled promise: completed', 'handled never: unsubscribed'],
      ]);
    });

    it('of ackAfter() too, and each retry is a call [S199]', () => {
      const client = mockMqtt({ scheduler: { now: () => 0, schedule: () => EMPTY.subscribe() } });
      addHooks(client, only(recordingHooks(lines), 'onHandle'));
      let calls = 0;
      const failOnce = () => {
        if (++calls === 1) throw new Error('first');
      };
      const retry = { initial: 1 };
      const scheduler = { now: () => 0, schedule: (work: () => void) => (queueMicrotask(work), EMPTY.subscribe()) };
      const handled = new Promise<void>(resolve => {
        client
          .topic$('t', { ack: 'manual' })
          .pipe(ackAfter(failOnce, { onError: 'retry', retry, scheduler: scheduler as never }))
          .subscribe(({ status }) => status === 'done' && resolve());
      });
      client.emit('t', '', { qos: 1 });
      return handled.then(() =>
        expect(lines.filter(line => !line.includes('handle t'))).to.deep.equal([
          ...['consume t by t 1', 'handled t: failed (first)', 'consume t by t 2', 'handled t: completed'],
        ]),
      );
    });

    it('of respond() runs inside, and so do its replies [S199]', () => {
      const client = mockMqtt();
      addHooks(client, only(recordingHooks(lines), 'onHandle', 'onPublish'));
      client.respond('add', () => of('1', '2')).subscribe();
      client.respond('fail', () => throwError(() => new Error('why'))).subscribe();
      client.emit('add', '', { qos: 1, ...responseTo('r') });
      expect(lines).to.deep.equal([
        ...['respond add by add 1', 'handle add {'],
        ...['handle add {', 'reply r q1', 'r queued', '} handle add'],
        ...['handle add {', 'reply r q1', 'r queued', '} handle add'],
        ...['} handle add', 'r sent #', 'r sent #', 'r delivered', 'r delivered', 'handled add: completed'],
      ]);
      lines.length = 0;
      client.emit('fail', '', { qos: 1, ...responseTo('r') });
      expect(lines).to.deep.equal([
        ...['respond fail by fail 1', 'handle fail {', '} handle fail'],
        "handled fail: failed (the handler of the message of 'fail' failed: why)",
      ]);
    });
  });

  it('tells of requests: that they are published inside, each reply, and the end [S199]', () => {
    const client = mockMqtt();
    addHooks(client, only(recordingHooks(lines), 'onRequest', 'onPublish'));
    client.request('get', '', { timeout: 0 }).subscribe();
    const { responseTopic, correlationData } = client.published[0]!.properties;
    client.emit(responseTopic!, '42', { properties: { correlationData: correlationData! } });
    client.request('leave', '', { timeout: 0 }).subscribe().unsubscribe();
    client.request('#', '').subscribe({ error: noop });
    expect(lines).to.deep.equal([
      ...['request get begins', 'request get {', 'request get q1', 'get queued'],
      ...['get sent #', 'get delivered', '} request get', 'reply 42', 'request get: completed'],
      ...['request leave begins', 'request leave {', 'request leave q1', 'leave queued'],
      ...['leave sent #', 'leave delivered', '} request leave', 'request leave: unsubscribed'],
    ]);
  });

  it('tells of each subscriber of a stream, and how it has ended [S199]', () => {
    const client = mockMqtt();
    addHooks(client, only(recordingHooks(lines), 'onStream'));
    client.topic$('a/+id', { qos: 2 }).subscribe().unsubscribe();
    client.topic$('b').subscribe({ error: noop });
    client.topic$(['b', 'c'], { ack: 'manual' }).subscribe({ error: noop });
    client.topic$('d').subscribe();
    client.topic$('#/invalid').subscribe({ error: noop });
    client.fail('b', new MqttError('SUBSCRIBE_REFUSED', 'no'));
    client.setConnection('closed');
    expect(lines).to.deep.equal([
      ...['stream a/+ q2 begins', 'stream a/+: unsubscribed'],
      ...['stream b q1 begins', 'stream b c q1 begins', 'stream d q1 begins'],
      ...['stream b: failed (no)', 'stream b c: failed (no)', 'stream d: completed'],
    ]);
  });

  it('nests the hooks of several calls in their order, and calls none after it is unsubscribed [S199]', () => {
    const client = mockMqtt();
    addHooks(client, only(recordingHooks(lines, '1 '), 'onReceive', 'onStream'));
    const second = addHooks(client, only(recordingHooks(lines, '2 '), 'onReceive', 'onStream'));
    client.topic$('t').subscribe(() => {
      lines.push('next');
      second.unsubscribe();
    });
    client.emit('t');
    client.emit('t');
    client.setConnection('closed');
    expect(lines).to.deep.equal([
      ...['1 stream t q1 begins', '2 stream t q1 begins', '1 received t by t', '2 received t by t'],
      ...['1 deliver t {', '2 deliver t {', 'next', '2 } deliver t', '1 } deliver t'],
      ...['1 received t by t', '1 deliver t {', 'next', '1 } deliver t', '1 stream t: completed'],
    ]);
  });

  it('warns of hooks that throw or do not call, and goes on without them [S199]', () => {
    const client = mockMqtt();
    const warnings: MqttWarning[] = [];
    client.warning$.subscribe(warning => warning.code === 'HOOK_FAILED' && warnings.push(warning));
    const fail = () => {
      throw new Error('a hook');
    };
    const failing = { run: fail, onEnded: fail, onReply: fail, onQueued: fail, onSent: fail, onSettled: fail };
    addHooks(client, {
      onPublish: () => failing,
      onReceive: () => ({ run: noop }),
      onHandle: () => failing,
      onRequest: () => failing,
      onStream: fail,
    });
    addHooks(client, recordingHooks(lines));
    const handled: string[] = [];
    client.consume('t', ({ topic }) => [handled.push(topic)]).subscribe(({ status }) => lines.push(status));
    client.emit('t', '', { qos: 1 });
    client.publish('p', '', { qos: 1 }).subscribe(() => lines.push('published'));
    expect(handled).to.deep.equal(['t']);
    expect(lines).to.include.members([
      'stream t q1 begins',
      'handled t: completed',
      'done',
      'p delivered',
      'published',
    ]);
    expect(warnings[0]).to.deep.include({ code: 'HOOK_FAILED', hook: 'onStream', count: 1 });
    expect(warnings[0]!.message).to.equal("the hook 'onStream' failed: a hook; the client goes on without it");
    expect(warnings).to.have.length(1); // the next one is the tenth
  });

  it('passes on what a handler throws, and what it returns', () => {
    const client = mockMqtt();
    addHooks(client, recordingHooks(lines));
    const errors: unknown[] = [];
    const why = new Error('why');
    client
      .consume('t', () => {
        throw why;
      })
      .subscribe({ error: (error: unknown) => errors.push(error) });
    client.emit('t', '', { qos: 1 });
    expect(errors).to.deep.equal([why]);
  });

  for (const [given, words] of [
    [undefined, 'the hooks must be an object; got undefined'],
    [{}, 'the hooks must be at least one of onPublish, onReceive, onHandle, onRequest, onStream; got none'],
    [{ onpublish: noop }, 'the hooks must be at least one of'],
    [{ onPublish: 7 }, "hook 'onPublish' must be a function; got a number"],
  ] as const)
    it(`refuses ${JSON.stringify(given)}`, () => {
      expect(() => addHooks(mockMqtt(), given as ClientHooks))
        .to.throw(MqttError)
        .that.has.property('code', 'INVALID_ARGUMENT');
      expect(() => addHooks(mockMqtt(), given as ClientHooks)).to.throw(words);
    });

  for (const [given, got] of [
    [undefined, 'undefined'],
    [{ publish: noop }, 'an object'],
  ] as const)
    it(`refuses ${JSON.stringify(given)} in place of a client`, () => {
      expect(() => addHooks(given as unknown as MqttClient, { onStream: noop }))
        .to.throw(MqttError, `argument 'client' must be one of mqtt(), mqtt$() or mockMqtt(); got ${got}`)
        .that.has.property('code', 'INVALID_ARGUMENT');
    });
});

describe('hooks of a client of mqtt$()', () => {
  it('can be added before it connects [S199]', () => {
    const lines: string[] = [];
    const owner = mqtt$('mqtt://localhost', { transport: () => NEVER, quiet: true }).subscribe(client => {
      addHooks(client, only(recordingHooks(lines), 'onStream'));
      expect(client.connection.status).to.equal('idle');
      client.topic$('t').subscribe();
    });
    owner.unsubscribe();
    expect(lines).to.deep.equal(['stream t q1 begins', 'stream t: completed']);
  });
});
