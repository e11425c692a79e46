import { expect } from 'chai';
import { MqttError, type SubscribePacket, fixedDelay } from '../../src/index.js';
import { connack, mockMqtt, publish, suback, unsuback } from '../../src/testing/index.js';
import { type TraceEvent, type TraceOnErrorOptions, parseTrace, traceOnError } from '../../src/trace/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { inWords } from './support.js';

type Trace = readonly TraceEvent[];

/** A trace in a line. */
const shown = (trace: Trace) => trace.map(inWords).join(', ');

describe('traceOnError', () => {
  it(
    'emits what happened before a connection ended with an error, once for an outage [S195]',
    mqttMarbles(({ broker, client, flush }) => {
      const script = broker(['-a-#', '#', '#', '-a--#', '-a'], { a: connack() });
      const mqtt = client(script, { reconnect: fixedDelay(5) }, 50);
      const traces: Trace[] = [];
      let isComplete = false;
      traceOnError(mqtt, { figures: false }).subscribe({
        next: trace => traces.push(trace),
        complete: () => (isComplete = true),
      });
      mqtt.connect().subscribe();
      flush();
      const connecting = '0 trace, 0 idle, 0 connecting, 0 sent connect';
      const lost = '1 received connack, 1 connected, 3 reconnecting CONNECTION_CLOSED';
      // not for the attempts of the outage, which fail one after another
      expect(traces.map(trace => trace.at(-2)!.at)).to.deep.equal([3, 22]);
      expect(shown(traces[0]!)).to.equal(`${connecting}, ${lost}, 3 end`);
      expect(isComplete).to.equal(true);
    }),
  );

  it('emits at a warning, and when the client closes with an error', () => {
    const mock = mockMqtt();
    const traces: Trace[] = [];
    traceOnError(mock).subscribe(trace => traces.push(trace));
    mock.topic$('t', { ack: 'manual' }).subscribe({ error: () => undefined });
    expect(traces.map(trace => trace.at(-2))).to.have.lengthOf(1);
    expect(traces[0]!.at(-2)).to.include({ type: 'warning', code: 'MANUAL_ACK_CLEAN_SESSION' });
    mock.setConnection({ status: 'closed', error: new MqttError('CONNECTION_REFUSED', 'no') });
    expect(traces.at(-1)!.at(-2)).to.deep.include({ status: 'closed' });
    expect(traces.at(-1)!.at(-2)).to.have.nested.property('error.code', 'CONNECTION_REFUSED');
  });

  it('emits nothing of a client that is well and closes', () => {
    const mock = mockMqtt();
    const traces: Trace[] = [];
    traceOnError(mock).subscribe(trace => traces.push(trace));
    mock.emit('t');
    mock.setConnection('closed');
    expect(traces).to.deep.equal([]);
  });

  function keptOf(last: TraceOnErrorOptions['last'], payload = 'x') {
    const traces: Trace[] = [];
    mqttMarbles(({ broker, client, flush }) => {
      const s = { a: connack(), s: suback(1, 0), m: publish('t', { payload }), c: unsuback(2, 0) };
      const messages = ' 99ms m'.repeat(20);
      const mqtt = client(broker([`-as ${messages} 9ms #`], s), { reconnect: false, clientId: 'me' }, 5000);
      traceOnError(mqtt, { figures: false, last: last! }).subscribe(trace => traces.push(trace));
      mqtt.topic$('t').subscribe({ error: () => undefined });
      flush();
    })();
    expect(traces).to.have.length(1);
    return traces[0]!;
  }
  const messagesOf = (trace: Trace) =>
    trace.filter(event => event.type === 'packet' && event.packet.cmd === 'publish').map(({ at }) => at);

  it('keeps the last ms, and how the connection and its subscriptions came about, at 0 ms [S195]', () => {
    const trace = keptOf({ ms: 250 });
    expect(shown(trace)).to.equal(
      '0 trace, 0 connecting, 0 sent connect, 0 received connack, 0 connected, 0 sent subscribe, 0 received suback, ' +
        '0 received publish, 100 received publish, 200 received publish, 210 closed CONNECTION_CLOSED, 210 end',
    );
    expect(trace[0]).to.deep.equal({ type: 'trace', at: 0, version: 1, startedAt: 1802 });
    const lines = trace.map(event => `${JSON.stringify(event)}\n`);
    expect([...parseTrace(lines)]).to.deep.equal(trace);
  });

  it('keeps the last events, and the last bytes of payloads', () => {
    expect(messagesOf(keptOf({ events: 5 }))).to.have.length(4);
    expect(messagesOf(keptOf({ bytes: 3000 }, 'x'.repeat(1000)))).to.have.length(3);
    expect(messagesOf(keptOf({}))).to.have.length(20);
  });

  it(
    'begins with the subscriptions that the broker still holds, also from an earlier connection',
    mqttMarbles(({ broker, client, act, flush }) => {
      const script = broker(['-as---u 300ms #', '-b 300ms #'], {
        a: connack(),
        s: suback(1, 0, 0),
        u: unsuback(2, 0),
        b: connack({ sessionPresent: true }),
      });
      const mqtt = client(script, { clientId: 'me', clean: false, reconnect: fixedDelay(5) }, 700);
      const traces: Trace[] = [];
      traceOnError(mqtt, { figures: false, last: { ms: 100 } }).subscribe(trace => traces.push(trace));
      mqtt.topic$('kept').subscribe();
      const left = mqtt.topic$('left').subscribe();
      act('-----x', { x: () => left.unsubscribe() });
      flush();
      const filters = traces.map(trace =>
        trace.flatMap(event =>
          event.type === 'packet' && event.packet.cmd === 'subscribe'
            ? (event.packet as unknown as SubscribePacket).subscriptions.map(({ filter }) => filter)
            : [],
        ),
      );
      expect(filters).to.deep.equal([['kept'], ['kept']]);
      expect(shown(traces[1]!)).to.include(
        '0 received connack, 0 connected, 0 sent subscribe, 0 received suback, 0 reconn',
      );
    }),
  );

  it('holds no more than its bounds, however long it runs', () => {
    const mock = mockMqtt();
    const traces: Trace[] = [];
    traceOnError(mock, { last: { events: 100 } }).subscribe(trace => traces.push(trace));
    for (let i = 0; i < 1000; i++) mock.emit(`t/${i}`, 'x');
    mock.setConnection({
      status: 'reconnecting',
      attempt: 1,
      delay: 1,
      error: new MqttError('CONNECTION_CLOSED', 'x'),
    });
    const topics = traces[0]!.flatMap(event => (event.type === 'packet' ? [event.packet.topic] : []));
    expect(traces[0]!.length).to.be.below(110);
    expect(topics.at(-1)).to.equal('t/999');
    expect(topics.at(0)).to.match(/^t\/9\d\d$/);
  });

  it('refuses bounds that are none', () => {
    for (const last of [{ ms: 0 }, { events: -1 }, { bytes: NaN }, { ms: '5' as never }]) {
      let failure: unknown;
      traceOnError(mockMqtt(), { last }).subscribe({ error: (error: unknown) => (failure = error) });
      expect(failure).to.include({ code: 'INVALID_ARGUMENT' });
      expect((failure as MqttError).message).to.match(
        /^option 'last\.(ms|events|bytes)' of a trace is .*; it must be above 0$/,
      );
    }
  });
});
