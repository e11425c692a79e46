import { expect } from 'chai';
import {
  EMPTY,
  type Observable,
  catchError,
  concatMap,
  delay,
  filter,
  ignoreElements,
  interval,
  map,
  merge,
  mergeMap,
  of,
  take,
  tap,
  throwError,
  timer,
} from 'rxjs';
import {
  type ConnectionState,
  type MqttClient,
  MqttError,
  type Payload,
  exponentialBackoff,
  json,
} from '../../../src/index.js';
import { type ReplayOptions, mockMqtt, replayTrace } from '../../../src/testing/index.js';
import { type TraceEvent, parseTrace, recordTrace, traceOnError } from '../../../src/trace/index.js';
import { recordScene } from './support.js';

const ignored = { error: () => undefined };
const texts = (client: MqttClient, filters = 'in/#') =>
  client.topic$(filters, { qos: 1 }).pipe(map(message => message.text()));

const send = (client: MqttClient, topic: string, payload: Payload) =>
  client.publish(topic, payload, { qos: 1 }).pipe(
    ignoreElements(),
    catchError(() => EMPTY),
  );

/** The pipeline of the traces: it publishes what it gets. */
function echo(client: MqttClient, change: (text: string) => string = text => text): Observable<string> {
  return texts(client).pipe(mergeMap(text => merge(send(client, 'out', change(text)), of(text))));
}

/** Messages, a cut, and a message after it. */
const outage = (options: Parameters<typeof recordScene>[1] = {}) =>
  recordScene((client, broker) => {
    echo(client).subscribe();
    timer(1000).subscribe(() => broker.publish('in/a', 'one', { qos: 1 }));
    timer(2000).subscribe(() => broker.cut());
    timer(6000).subscribe(() => broker.publish('in/b', 'two', { qos: 1 }));
  }, options);

function failureOf(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}

const failureAt = (
  trace: readonly TraceEvent[],
  pipeline: (client: MqttClient) => Observable<unknown> | void,
  options?: ReplayOptions,
) => failureOf(() => replayTrace(trace, options).run(pipeline)).message;

describe('replayTrace', () => {
  it('plays messages and answers at their times to a pipeline, and returns its values [S196]', () => {
    expect(replayTrace(outage()).run(client => echo(client))).to.deep.equal([
      { at: 1010, value: 'one' },
      { at: 6010, value: 'two' },
    ]);
  });

  it('plays the states of the connection at their times: cuts, failed attempts, refusals and the end [S196]', () => {
    const statesOf = (trace: readonly TraceEvent[]) =>
      trace.flatMap(event =>
        event.type === 'state' ? [`${event.at} ${event.status} ${event.error?.code ?? ''}`] : [],
      );
    const trace = recordScene(
      (client, broker) => {
        client.connect().subscribe(ignored);
        timer(2000).subscribe(() => {
          broker.inject({ fault: 'unreachable', times: 2 });
          broker.cut();
        });
        timer(12_000).subscribe(() => broker.disconnect(0x8b));
        timer(40_000).subscribe(() => broker.halfOpen());
      },
      { lifetime: 120_000, options: { keepalive: 20 } },
    );
    const codes = ['TRANSPORT_ERROR', 'CONNECTION_FAILED', 'SERVER_DISCONNECTED', 'KEEPALIVE_TIMEOUT'];
    expect(statesOf(trace).join())
      .to.include(codes[0])
      .and.include(codes[1])
      .and.include(codes[2])
      .and.include(codes[3]);
    const states = replayTrace(trace).run(client => client.connection$);
    const shown = states.map(({ at, value }) => `${at} ${value.status} ${'error' in value ? value.error.code : ''}`);
    // an attempt begins when something needs it, and the client of the pipeline closes when the link has ended
    const without = (all: readonly string[]) => all.filter(state => !/closed|idle/.test(state));
    expect(without(shown)).to.deep.equal(without(statesOf(trace)));
  });

  it('plays a refusal with which the client closes', () => {
    const trace = recordScene(client => void client.connect().subscribe(ignored), {
      broker: { latency: 10, authenticate: () => 0x87 },
      lifetime: 1000,
    });
    expect(trace.at(-2)).to.include({ status: 'closed' });
    const states = replayTrace(trace).run<ConnectionState>(client => client.connection$);
    expect(states.at(-1)).to.have.nested.property('value.error.code', 'CONNECTION_REFUSED');
  });

  for (const protocolVersion of [5, 4, 3] as const) {
    it(`gives the client the options of CONNECT, in MQTT ${protocolVersion}`, () => {
      const options = { protocolVersion, clientId: 'device-7', clean: false, keepalive: 33 };
      const trace = recordScene(client => void echo(client).subscribe(), { options, lifetime: 1000 });
      let connected: ConnectionState | undefined;
      replayTrace(trace).run(client =>
        merge(echo(client), client.connection$.pipe(tap(state => state.status === 'connected' && (connected = state)))),
      );
      expect(connected)
        .to.have.property('limits')
        .that.includes({ protocolVersion, clientId: 'device-7', keepalive: 33 });
    });
  }

  it('follows the client of the trace to an older version', () => {
    const trace = recordScene(client => void echo(client).subscribe(), {
      broker: { latency: 10, versions: [4] },
      options: { protocolVersion: 'auto' },
      lifetime: 2000,
    });
    const versions = replayTrace(trace).run(client =>
      merge(echo(client), client.packet$.pipe(map(({ packet }) => packet))),
    );
    const connects = versions.flatMap(({ value }) =>
      typeof value === 'object' && value.cmd === 'connect' ? [value.protocolVersion] : [],
    );
    expect(connects).to.deep.equal([5, 4]);
  });

  it('delivers QoS 2 in both directions, with the packet identifiers of the replay', () => {
    const pipeline = (client: MqttClient) =>
      client.topic$('in', { qos: 2 }).pipe(
        concatMap(message => client.publish('out', message.text(), { qos: 2 })),
        map(({ reached, qos }) => `${reached} ${qos}`),
      );
    const trace = recordScene((client, broker) => {
      pipeline(client).subscribe();
      for (const at of [500, 1000, 1005]) timer(at).subscribe(() => broker.publish('in', `${at}`, { qos: 2 }));
    });
    const other = (client: MqttClient) => {
      // takes packet identifiers that the client of the trace did not take
      timer(200).subscribe(() => client.publish('else', 'x', { qos: 1 }).subscribe());
      return pipeline(client);
    };
    const values = replayTrace(trace).run(pipeline);
    expect(values.map(({ value }) => value)).to.deep.equal(['acknowledged 2', 'acknowledged 2', 'acknowledged 2']);
    const seen: string[] = [];
    const message = failureAt(trace, client => other(client).pipe(tap(({ length }) => seen.push(`${length}`))));
    // that is the one difference: the answers have found their messages
    expect(message).to.include('  PUBLISH q1 #2 else "x" at 200 ms is not in the trace\n\n');
    expect(seen).to.have.length(3);
  });

  it('answers requests with their own correlation data, and delivers by subscription identifiers of the replay', () => {
    const ask = (client: MqttClient) =>
      timer(100).pipe(
        concatMap(() => client.request('ask', 'what', { timeout: 5000 })),
        map(reply => reply.text()),
      );
    const trace = recordScene((client, broker, { client: makeClient }) => {
      const responder = makeClient(broker, { clientId: 'responder' }, 9000);
      responder.respond('ask', () => of('that').pipe(delay(50))).subscribe(ignored);
      ask(client).subscribe(ignored);
    });
    const [reply] = replayTrace(trace, { client: { random: () => 0.123 } }).run(ask);
    expect(reply).to.deep.include({ value: 'that' });
  });

  describe('what the client sends', () => {
    const trace = outage();

    it('is compared in full; a difference fails with both diagrams [S196]', () => {
      expect(failureAt(trace, client => echo(client, text => `${text}!`))).to.equal(
        [
          'What the client sent differs from the trace.',
          '',
          '  PUBLISH q1 #2 out "one" at 1010 ms was not sent',
          '  PUBLISH q1 #2 out "one!" at 1010 ms is not in the trace',
          '  PUBLISH q1 #4 out "two" at 6010 ms was not sent',
          '  PUBLISH q1 #4 out "two!" at 6010 ms is not in the trace',
          '',
          '  at ms               10                  30      1010        3020                3040       6010',
          '  expected  ----------a-------------------b 979ms (cd) 2s 6ms a-------------------e 2s 969ms (cf)',
          '  actual    ----------a-------------------b 979ms (cg) 2s 6ms a-------------------e 2s 969ms (ch)',
          '                                                  ^                                          ^',
          '',
          '  a  CONNECT v5 "me" { maximumPacketSize: 67108864 }',
          '  b  SUBSCRIBE #1 in/#:1',
          '  c  PUBACK #1',
          '  d  PUBLISH q1 #2 out "one"   (expected only)',
          '  e  SUBSCRIBE #3 in/#:1',
          '  f  PUBLISH q1 #4 out "two"   (expected only)',
          '  g  PUBLISH q1 #2 out "one!"   (actual only)',
          '  h  PUBLISH q1 #4 out "two!"   (actual only)',
        ].join('\n'),
      );
    });

    it('is missed, if it is not sent', () => {
      expect(failureAt(trace, client => texts(client))).to.include('PUBLISH q1 #2 out "one" at 1010 ms was not sent');
      const nothing = failureAt(trace, () => undefined);
      expect(nothing).to.include('SUBSCRIBE #1 in/#:1 at 30 ms was not sent');
      // messages for nobody are acknowledged
      expect(nothing).to.not.match(/PUBACK.*was not sent/);
    });

    it('is noticed, if it is too much', () => {
      const twice = (client: MqttClient) => merge(echo(client), client.publish('twice', 'x', { qos: 1 }));
      expect(failureAt(trace, twice)).to.include('PUBLISH q1 #2 twice "x" at 30 ms is not in the trace');
    });

    it('is compared in its order', () => {
      const both = recordScene(client => {
        timer(100).subscribe(() => {
          for (const topic of ['a', 'b', 'c']) client.publish(topic, 'x', { qos: 1 }).subscribe(ignored);
        });
      });
      const inOrder = (topics: readonly string[]) => (client: MqttClient) =>
        timer(100).pipe(mergeMap(() => merge(...topics.map(topic => send(client, topic, 'x')), of(0))));
      expect(replayTrace(both).run(inOrder(['a', 'b', 'c']))).to.have.length(1);
      expect(failureAt(both, inOrder(['a', 'c', 'b']))).to.include('in another order');
      expect(failureAt(both, inOrder(['a', 'c', 'b']))).to.not.include('was not sent');
      expect(replayTrace(both, { lenient: true }).run(inOrder(['c', 'b', 'a']))).to.have.length(1);
    });

    it('is compared at its time, with a tolerance', () => {
      const late = (ms: number) => (client: MqttClient) =>
        texts(client).pipe(
          delay(ms),
          mergeMap(text => merge(send(client, 'out', text), of(text))),
        );
      // before the connection ends at 2,010 ms
      expect(replayTrace(trace).run(late(800))).to.have.length(2);
      expect(failureAt(trace, late(800), { tolerance: 500 })).to.include('out "one" at 1010 ms was sent 800 ms later');
      expect(replayTrace(trace, { lenient: true, tolerance: 500 }).run(late(800))).to.have.length(2);
    });

    it('is compared by kind only, with lenient [S196]', () => {
      expect(replayTrace(trace, { lenient: true }).run(client => echo(client, text => `${text}!`))).to.have.length(2);
      expect(failureAt(trace, client => texts(client), { lenient: true })).to.include(
        'out "one" at 1010 ms was not sent',
      );
      const other = (client: MqttClient) =>
        merge(texts(client, 'in/+'), texts(client, 'in/b')).pipe(
          mergeMap(text => merge(send(client, 'else', text), of(text))),
        );
      expect(failureAt(trace, other, { lenient: true })).to.include('is not in the trace');
    });

    it('is answered although it is not in the trace, after the tolerance', () => {
      const results: string[] = [];
      failureAt(trace, client => {
        client.publish('not/in/it', 'x', { qos: 1 }).subscribe({
          next: ({ reached }) => results.push(reached),
          error: (error: unknown) => results.push((error as MqttError).code),
        });
        client.topic$('nor/this', { subscribeObserver: { next: () => results.push('granted') } }).subscribe(ignored);
        return echo(client);
      });
      expect(results).to.include.members(['acknowledged', 'granted']);
    });
  });

  it('replays messages whose payloads the trace does not hold, as long as they were', () => {
    for (const payloads of ['length', 'hash'] as const) {
      const trace = outage({ trace: { payloads } });
      const values = replayTrace(trace).run(client =>
        client
          .topic$('in/#', { qos: 1 })
          .pipe(mergeMap(({ payload }) => merge(send(client, 'out', payload), of(payload.length)))),
      );
      expect(values.map(({ value }) => value)).to.deep.equal([3, 3]);
      expect(failureAt(trace, client => echo(client, text => `${text}!`))).to.include(
        'out (3 bytes) at 1010 ms was not sent',
      );
    }
  });

  it('lets you give the payloads that the trace does not hold', () => {
    const trace = recordScene(
      (client, broker) => {
        texts(client).subscribe();
        timer(100).subscribe(() => broker.publish('in/a', '{"on":true}', { qos: 1 }));
      },
      {
        trace: {
          payloads: message => ({
            shape: Object.keys(JSON.parse(new TextDecoder().decode(message.payload)) as object),
          }),
        },
      },
    );
    const payload: ReplayOptions['payload'] = (topic, { value, length }) =>
      JSON.stringify({ topic, length, ...(value as object) });
    const values = replayTrace(trace, { payload }).run(client =>
      client.topic$('in/#', { qos: 1, decode: json<object>() }).pipe(map(({ value }) => value)),
    );
    expect(values[0]!.value).to.deep.equal({ topic: 'in/a', length: 11, shape: ['on'] });
  });

  it('begins in the middle of a connection', () => {
    const all = outage();
    const from = all.findIndex(({ type, at }) => type === 'state' && at === 30);
    const trace = [all[0]!, ...all.slice(from)].filter(event => event.type !== 'packet' || event.at > 60);
    const values = replayTrace(trace).run(client => echo(client));
    expect(values.map(({ value }) => value)).to.deep.equal(['one', 'two']);
  });

  it('replays the trace of traceOnError, whose connection was opened before its first event', () => {
    const traces: (readonly TraceEvent[])[] = [];
    recordScene(
      (client, broker) => {
        traceOnError(client, { last: { ms: 500 } }).subscribe(trace => traces.push(trace));
        echo(client).subscribe();
        for (const at of [1000, 2800]) timer(at).subscribe(() => broker.publish('in/a', `${at}`, { qos: 1 }));
        timer(3000).subscribe(() => broker.cut());
      },
      { lifetime: 4000 },
    );
    const values = replayTrace(traces[0]!).run(client =>
      merge(echo(client), client.connection$.pipe(map(({ status }) => status))),
    );
    expect(values.map(({ value }) => value))
      .to.include.members(['2800', 'reconnecting'])
      .and.not.include('1000');
    expect(failureAt(traces[0]!, client => texts(client))).to.include('PUBLISH q1 #3 out "2800"');
  });

  it('replays the trace of a mock', () => {
    const mock = mockMqtt();
    const trace: TraceEvent[] = [];
    recordTrace(mock).subscribe(event => trace.push(event));
    texts(mock).subscribe();
    mock.emit('in/a', 'one');
    mock.setConnection('closed');
    const values = replayTrace(trace, { lenient: true }).run(client => texts(client));
    expect(values.map(({ value }) => value)).to.deep.equal(['one']);
  });

  it('replays bytes as they were', () => {
    const payloads = [0, 1, 2, 3, 4, 255].map(length => Uint8Array.from({ length }, (_, i) => 255 - i));
    const trace = recordScene((client, broker) => {
      client.topic$('in').subscribe();
      timer(100).subscribe(() => payloads.forEach(payload => broker.publish('in', payload)));
    });
    const values = replayTrace(trace).run(client => client.topic$('in').pipe(map(({ payload }) => [...payload])));
    expect(values.map(({ value }) => value)).to.deep.equal(payloads.map(payload => [...payload]));
  });

  it('ends with the trace, also where that was cut off or the pipeline goes on', () => {
    const trace = outage();
    const cut = trace.slice(
      0,
      trace.findIndex(({ at }) => at > 2000),
    );
    const values = replayTrace(cut).run(client => merge(echo(client), interval(500)));
    expect(values.map(({ at }) => at)).to.deep.equal([500, 1000, 1010]);
    let last = 0;
    replayTrace(cut).run(client => {
      interval(100).subscribe(n => (last = n));
      return echo(client);
    });
    expect(last).to.be.within(5, 20);
  });

  it('replays a day in a moment [S196]', function () {
    this.timeout(30_000);
    const day = 24 * 3600 * 1000;
    const pipeline = (client: MqttClient) => client.topic$('in').pipe(filter((_, i) => i % 100 === 0));
    const trace = recordScene(
      (client, broker) => {
        pipeline(client).subscribe();
        interval(10_000)
          .pipe(take(8_000))
          .subscribe(n => broker.publish('in', `${n}`));
        interval(3_600_000)
          .pipe(take(20))
          .subscribe(() => broker.cut());
      },
      { lifetime: day, trace: { figures: false } },
    );
    const lines = trace.map(event => `${JSON.stringify(event)}\n`);
    const started = Date.now();
    expect(replayTrace(parseTrace(lines)).run(pipeline).length).to.be.within(75, 85);
    expect(Date.now() - started).to.be.below(10_000);
  });

  it('throws what the pipeline errors with', () => {
    const failure = new Error('mine');
    expect(
      failureOf(() =>
        replayTrace(outage()).run(client => echo(client).pipe(concatMap(() => throwError(() => failure)))),
      ),
    ).to.equal(failure);
    expect(
      failureOf(() =>
        replayTrace(outage()).run(() => {
          throw failure;
        }),
      ),
    ).to.equal(failure);
  });

  it('lets your own options win', () => {
    const trace = outage();
    const message = failureAt(trace, client => echo(client), { client: { clientId: 'other' } });
    expect(message).to.include('CONNECT v5 "other"').and.include('(actual only)');
    const own = { reconnect: exponentialBackoff({ initial: 100, jitter: 'none' }) };
    const states = replayTrace(trace, { client: own }).run(client => {
      echo(client).subscribe(ignored);
      return client.connection$;
    });
    // the link is opened when it was opened in the trace
    expect(states.filter(({ value }) => value.status === 'connected').map(({ at }) => at)).to.deep.equal([30, 3040]);
    expect(states.filter(({ value }) => value.status === 'connecting').map(({ at }) => at)).to.deep.equal([0, 2110]);
  });

  it('refuses what is not a trace, a second beginning, unknown options, and promises', () => {
    const start = outage()[0]!;
    const misuses: [() => unknown, RegExp][] = [
      [() => replayTrace([]), /begins with 'nothing'/],
      [() => replayTrace([{ type: 'end', at: 0 }]), /begins with 'end'/],
      [
        () => replayTrace([start], { strict: true } as never),
        /unknown option 'strict' of replayTrace\(\); known are 'lenient'/,
      ],
      [() => replayTrace([start], { tolerance: -1 }), /'tolerance' of replayTrace\(\) is '-1'/],
      [() => replayTrace([start, start]).run(() => undefined), /a second beginning after 0 ms/],
      [() => replayTrace([start]).run((async () => undefined) as never), /virtual time does not wait for promises/],
      [
        () => replayTrace([start]).run((() => 5) as never),
        /the pipeline of a replay returned '5'; return an Observable/,
      ],
      [
        () => {
          const replay = replayTrace([start]);
          replay.run(() => undefined);
          replay.run(() => undefined);
        },
        /replayed already/,
      ],
    ];
    for (const [misuse, message] of misuses)
      expect(misuse, String(message)).to.throw(MqttError, message).with.property('code', 'INVALID_ARGUMENT');
  });

  it('throws where a trace is damaged', () => {
    const lines = outage().map(event => `${JSON.stringify(event)}\n`);
    lines[15] = 'x\n';
    expect(failureOf(() => replayTrace(parseTrace(lines)).run(client => echo(client)))).to.include({
      code: 'TRACE_UNREADABLE',
    });
  });
});
