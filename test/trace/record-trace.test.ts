import { expect } from 'chai';
import { firstValueFrom, throwError, toArray } from 'rxjs';
import { type MqttClient, MqttError, type MqttOptions, exponentialBackoff } from '../../src/index.js';
import { connack, mockMqtt, puback, publish, suback, virtualBroker } from '../../src/testing/index.js';
import { type TraceEvent, type TraceOptions, parseTrace, recordTrace } from '../../src/trace/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { inWords, packetsOf } from './support.js';

const ignored = { error: () => undefined };

describe('recordTrace', () => {
  it(
    'records states, packets in both directions and outcomes, by the clock of the client, until the client closes [S192]',
    mqttMarbles(({ broker, client, act, flush }) => {
      const script = broker(['-a--s-p--b', '-a'], {
        a: connack(),
        s: suback(1, 1),
        p: publish('t', { payload: 'hello', qos: 1, packetId: 9 }),
        b: puback(2),
      });
      const mqtt = client(script, { clientId: 'me' }, 40);
      const events: TraceEvent[] = [];
      let isComplete = false;
      recordTrace(mqtt, { figures: false }).subscribe({
        next: event => events.push(event),
        complete: () => (isComplete = true),
      });
      act('---s--x', {
        s: () => mqtt.topic$('t', { qos: 1 }),
        x: () => mqtt.publish('out', 'x', { qos: 1 }),
      });
      flush();
      expect(events.map(inWords)).to.deep.equal([
        '0 trace',
        '0 idle',
        '3 stream 1 subscribed t',
        '3 connecting',
        '3 sent connect',
        '4 received connack',
        '4 connected',
        '4 sent subscribe',
        '6 sent publish',
        '7 received suback',
        '7 ack subscribe t',
        '9 received publish',
        '9 sent puback',
        '12 received puback',
        '12 ack publish out delivered',
        '40 disconnecting',
        '40 sent disconnect',
        '40 closed',
        '40 stream 1 completed t',
        '40 end',
      ]);
      expect(isComplete).to.equal(true);
      expect(events[0]).to.deep.equal({ type: 'trace', at: 0, version: 1, startedAt: 0 });
      expect(events[11]).to.deep.equal({
        type: 'packet',
        at: 9,
        direction: 'received',
        packet: {
          cmd: 'publish',
          topic: 't',
          payload: { length: 5, text: 'hello' },
          qos: 1,
          retain: false,
          dup: false,
          packetId: 9,
        },
      });
      // plain data: nothing is lost on the way through JSON
      const lines = events.map(event => `${JSON.stringify(event)}\n`);
      expect([...parseTrace(lines)]).to.deep.equal(events);
    }),
  );

  it(
    'records why connections and attempts end, and what settles as the client closes',
    mqttMarbles(({ broker, client, act, flush }) => {
      const mqtt = client(
        broker(['-a-#', '-a'], { a: connack() }),
        { reconnect: exponentialBackoff({ initial: 5 }) },
        20,
      );
      const events: TraceEvent[] = [];
      recordTrace(mqtt, { figures: false }).subscribe(event => events.push(event));
      mqtt.connect().subscribe();
      act('---------p', { p: () => void mqtt.publish('t', 'x', { qos: 1 }).subscribe(ignored) });
      flush();
      expect(events.map(inWords)).to.deep.equal([
        '0 trace',
        '0 idle',
        '0 connecting',
        '0 sent connect',
        '1 received connack',
        '1 connected',
        '3 reconnecting CONNECTION_CLOSED',
        '8 connecting',
        '8 sent connect',
        '9 received connack',
        '9 connected',
        '9 sent publish',
        '20 disconnecting',
        '20 sent disconnect',
        '20 closed',
        '20 ack publish t indeterminate',
        '20 end',
      ]);
      expect(events[6]).to.deep.equal({
        type: 'state',
        at: 3,
        status: 'reconnecting',
        attempt: 1,
        delay: 5,
        error: { code: 'CONNECTION_CLOSED', message: 'cut', retryable: true },
      });
    }),
  );

  it(
    'records warnings, and figures when they change',
    mqttMarbles(({ client, flush }) => {
      const broker = virtualBroker({ latency: 10 });
      const mqtt = client(broker, {}, 4500);
      const events: TraceEvent[] = [];
      recordTrace(mqtt).subscribe(event => events.push(event));
      mqtt.topic$('t', { ack: 'manual' }).subscribe();
      mqtt.publish('t', 'x', { qos: 1 }).subscribe();
      flush();
      const figures = events.filter(event => event.type === 'figures');
      expect(figures).to.deep.equal([
        { type: 'figures', at: 0, inFlight: 0, queued: 1, queuedBytes: 2, unsentBytes: 0, unacknowledged: 0 },
        {
          type: 'figures',
          at: 1000,
          inFlight: 0,
          queued: 0,
          queuedBytes: 0,
          unsentBytes: 0,
          roundTrip: 20,
          unacknowledged: 1,
        },
      ]);
      expect(events.find(({ type }) => type === 'warning')).to.include({ code: 'MANUAL_ACK_CLEAN_SESSION' });
    }),
  );

  it('records subscribers of streams: when they come and leave, and how streams end [S192]', () => {
    const mock = mockMqtt();
    const events: TraceEvent[] = [];
    const earlier = mock.topic$('earlier').subscribe();
    recordTrace(mock, { figures: false }).subscribe(event => events.push(event));
    const left = mock.topic$(['a', 'b/+id']).subscribe();
    mock.topic$('a').subscribe(ignored);
    mock.consume('c', () => throwError(() => new TypeError('payload hunter2'))).subscribe(ignored);
    left.unsubscribe();
    earlier.unsubscribe();
    mock.fail('a', 0x87);
    mock.emit('c', 'x', { qos: 1 });
    mock.topic$('d').subscribe();
    mock.setConnection('closed');
    const streams = events.filter(event => event.type === 'stream');
    expect(streams.map(inWords).map(words => words.replace(/^\d+ stream /, ''))).to.deep.equal([
      '1 subscribed a,b/+',
      '2 subscribed a',
      '3 subscribed c',
      '1 left a,b/+',
      '2 errored a',
      '3 left c',
      '4 subscribed d',
      '4 completed d',
    ]);
    expect(streams[4]).to.have.nested.property('error.code', 'SUBSCRIBE_REFUSED');
  });

  it('does not connect the client, and does no work before it is subscribed and after it is unsubscribed [S192]', () => {
    const mock = mockMqtt({ connection: 'idle' });
    const trace$ = recordTrace(mock);
    let calls = 0;
    const counted$ = recordTrace(mock, { topics: topic => (calls++, topic) });
    mock.setConnection('connected');
    mock.emit('t');
    expect(calls).to.equal(0);
    const events: TraceEvent[] = [];
    const subscription = counted$.subscribe(event => events.push(event));
    mock.emit('t');
    subscription.unsubscribe();
    mock.emit('t');
    expect(calls).to.equal(1);
    expect(events.map(({ type }) => type)).to.deep.equal(['trace', 'state', 'figures', 'packet']);
    const idle = mockMqtt({ connection: 'idle' });
    recordTrace(idle).subscribe().unsubscribe();
    expect(idle.connection.status).to.equal('idle');
    expect(trace$).to.have.property('subscribe');
  });

  it('records a mock, and starts anew for each subscription', async () => {
    const mock = mockMqtt();
    const traces = [recordTrace(mock), recordTrace(mock)].map(trace$ => firstValueFrom(trace$.pipe(toArray())));
    mock.topic$('t').subscribe();
    mock.emit('t', 'x');
    mock.publish('u', 'y').subscribe();
    mock.setConnection('closed');
    for (const events of await Promise.all(traces)) {
      expect(events.map(({ type }) => type)).to.include.members(['trace', 'state', 'packet', 'ack', 'end']);
      expect(packetsOf(events).map(({ cmd }) => cmd)).to.include.members(['subscribe', 'suback', 'publish']);
    }
  });

  it('records a client that has no hooks, such as a remote one, without its streams', async () => {
    const mock = mockMqtt();
    const { connection$, packet$, ack$, warning$, stats$ } = mock;
    const remote = { connection$, packet$, ack$, warning$, stats$ } as MqttClient;
    const events = firstValueFrom(recordTrace(remote, { figures: false }).pipe(toArray()));
    mock.topic$('t').subscribe();
    mock.emit('t', 'x');
    mock.close();
    const words = (await events).map(event => inWords(event).replace(/^\d+ /, ''));
    expect(words).to.include('received publish').and.to.include('end');
    expect(words.filter(each => each.startsWith('stream'))).to.deep.equal([]);
  });

  it('records a client that is closed: its state and the end', async () => {
    const mock = mockMqtt();
    mock.setConnection('closed');
    const events = await firstValueFrom(recordTrace(mock).pipe(toArray()));
    expect(events.map(inWords).map(words => words.replace(/^\d+ /, ''))).to.deep.equal(['trace', 'closed', 'end']);
  });

  it('does not harm the client when a function of its options throws', () => {
    const mock = mockMqtt();
    const failure = new Error('mine');
    const seen: unknown[] = [];
    recordTrace(mock, {
      payloads: () => {
        throw failure;
      },
    }).subscribe({ error: (error: unknown) => seen.push(error) });
    const topics: string[] = [];
    mock.topic$('t').subscribe(({ topic }) => topics.push(topic));
    mock.emit('t', 'x');
    mock.emit('t', 'x');
    expect(seen).to.deep.equal([failure]);
    expect(topics).to.deep.equal(['t', 't']);
  });

  it('refuses options that it does not know, when it is subscribed', () => {
    const refused = (options: unknown) => {
      let refusal: unknown;
      recordTrace(mockMqtt(), options as TraceOptions).subscribe({ error: (error: unknown) => (refusal = error) });
      expect(refusal).to.be.instanceOf(MqttError).with.property('code', 'INVALID_ARGUMENT');
      return (refusal as MqttError).message;
    };
    expect(refused({ payloads: 'all' })).to.equal(
      "option 'payloads' of a trace is 'all'; it must be 'full', 'length', 'hash' or a function",
    );
    expect(refused({ topics: 'x' })).to.equal("option 'topics' of a trace is 'x'; it must be a function");
    expect(refused({ userProperties: {} })).to.include("option 'userProperties'");
  });

  it(
    'takes the clock of an option',
    mqttMarbles(({ client, flush }) => {
      let now = 1000;
      const scheduler = { now: () => (now -= 100), schedule: undefined as never };
      const mqtt = client(virtualBroker(), {} satisfies MqttOptions, 5);
      const events: TraceEvent[] = [];
      recordTrace(mqtt, { scheduler, figures: false }).subscribe(event => events.push(event));
      mqtt.connect().subscribe();
      flush();
      expect(events[0]).to.include({ startedAt: 900 });
      // a clock that goes back does not bring events out of order
      expect(events.map(({ at }) => at)).to.deep.equal(events.map(() => 0));
      expect(packetsOf(events)[0]).to.include({ cmd: 'connect' });
    }),
  );
});
