import { expect } from 'chai';
import {
  type ConnectPacket,
  MqttError,
  type MqttOptions,
  type PublishPacket,
  type Transport,
} from '../../src/index.js';
import { throwError } from 'rxjs';
import { mockMqtt, publish, suback, connack, virtualBroker } from '../../src/testing/index.js';
import {
  type TraceEvent,
  type TraceOptions,
  type TracePayload,
  type TracedMessage,
  recordTrace,
} from '../../src/trace/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { packetsOf } from './support.js';

const ignored = { error: () => undefined };
const secret = 'hunter2';

function record(client: Parameters<typeof recordTrace>[0], options?: TraceOptions): TraceEvent[] {
  const events: TraceEvent[] = [];
  recordTrace(client, options).subscribe(event => events.push(event));
  return events;
}

function payloadsOf(events: readonly TraceEvent[]): TracePayload[] {
  return packetsOf(events)
    .filter(({ cmd }) => cmd === 'publish')
    .map(packet => (packet as unknown as { payload: TracePayload }).payload);
}

/** Returns what a mock records of messages with these payloads. */
function payloads(option: TraceOptions['payloads'], ...given: (string | Uint8Array)[]): TracePayload[] {
  const mock = mockMqtt();
  const events = record(mock, option && { payloads: option });
  for (const payload of given) mock.emit('t', payload);
  return payloadsOf(events);
}

/** A mapping that keeps the levels of topics. */
const coded = (topic: string) => topic.replace(/[a-z]+/g, level => String(level.length));

describe('what a trace does not hold', () => {
  it(
    'has no password, no authentication data, no user name and no signed URL [S194]',
    mqttMarbles(({ client, flush }) => {
      const { transport } = virtualBroker();
      const failing: Transport = target =>
        target.url.hostname === 'bad' ? throwError(() => failed) : transport(target);
      const failed = new MqttError('CONNECTION_FAILED', `no route to wss://me:${secret}@bad/mqtt?sig=${secret}`, {
        retryable: true,
      });
      const options: MqttOptions = {
        username: secret,
        password: secret,
        properties: {
          userProperties: [
            ['Authorization', secret],
            ['x-api-key', secret],
            ['room', 'attic'],
          ],
        },
      };
      const mqtt = client({ transport: failing }, options, 50);
      const events = record(mqtt);
      mqtt.connect().subscribe();
      mqtt
        .publish('t', 'x', {
          qos: 1,
          properties: {
            userProperties: [
              ['access_token', secret],
              ['unit', 'K'],
            ],
          },
        })
        .subscribe();
      flush();
      const text = JSON.stringify(events);
      expect(text).to.not.include(secret);
      const connect = packetsOf(events).find(({ cmd }) => cmd === 'connect') as ConnectPacket;
      expect(connect).to.include({ username: '...' }).and.not.have.property('password');
      expect(connect.properties!.userProperties).to.deep.equal([
        ['Authorization', '...'],
        ['x-api-key', '...'],
        ['room', 'attic'],
      ]);
      const sent = packetsOf(events).find(({ cmd }) => cmd === 'publish') as PublishPacket;
      expect(sent.properties!.userProperties).to.deep.equal([
        ['access_token', '...'],
        ['unit', 'K'],
      ]);
    }),
  );

  it('cuts the query and the user info of URLs in states, errors and texts of the broker [S194]', () => {
    const mock = mockMqtt({ connection: 'idle' });
    const events = record(mock);
    const url = `wss://host/mqtt?X-Amz-Signature=${secret}&a=b`;
    mock.setConnection({ status: 'connecting', attempt: 1, url });
    mock.setConnection('connected');
    const message = `'${url}' and mqtt://user:${secret}@host:1883/ failed`;
    const error = new MqttError('TRANSPORT_ERROR', message, { retryable: true });
    mock.setConnection({ status: 'reconnecting', attempt: 1, delay: 5, error });
    expect(JSON.stringify(events)).to.not.include(secret);
    expect(events.find(event => event.type === 'state' && event.status === 'connecting')).to.include({
      url: 'wss://host/mqtt?...',
    });
    expect(events.at(-1)).to.have.nested.property(
      'error.message',
      "'wss://host/mqtt?...' and mqtt://host:1883/ failed",
    );
  });

  it(
    'does not show the user name that the error of a refusal shows [S194]',
    mqttMarbles(({ client, flush }) => {
      const broker = virtualBroker({ authenticate: () => 0x86 });
      const options = { username: `it's ${secret}`, password: 'x', reconnect: false } as const;
      const mqtt = client(broker, options, 50);
      const events = record(mqtt);
      const errors: string[] = [];
      mqtt.connect().subscribe({ error: (error: unknown) => errors.push((error as MqttError).message) });
      flush();
      expect(errors[0]).to.include(secret);
      expect(JSON.stringify(events)).to.include("the user name '...' and a password");
      expect(JSON.stringify(events)).to.not.include(secret);
    }),
  );

  it('lets you decide on user properties', () => {
    const mock = mockMqtt();
    const events = record(mock, { userProperties: (name, value) => (name === 'trace' ? value : name.toUpperCase()) });
    mock.emit('t', '', {
      properties: {
        userProperties: [
          ['trace', '1'],
          ['token', secret],
        ],
      },
    });
    const packet = packetsOf(events).at(-1) as PublishPacket;
    expect(packet.properties!.userProperties).to.deep.equal([
      ['trace', '1'],
      ['token', 'TOKEN'],
    ]);
  });
});

describe('what a trace holds of payloads', () => {
  const bytes = Uint8Array.of(0, 0xff, 0x10);

  it('is all of them: text, or base64 for bytes that are not text', () => {
    expect(payloads('full', 'grün', bytes, '', Uint8Array.of(0x61, 0))).to.deep.equal([
      { length: 5, text: 'grün' },
      { length: 3, base64: 'AP8Q' },
      { length: 0, text: '' },
      { length: 2, base64: 'YQA=' },
    ]);
  });

  it('is their length with the option length [S194]', () => {
    expect(payloads('length', 'secret', bytes)).to.deep.equal([{ length: 6 }, { length: 3 }]);
  });

  it('is a hash with the option hash, which is equal for equal payloads of one trace only [S194]', () => {
    const [a, b, c, ...rest] = payloads('hash', 'on', 'off', 'on', '');
    expect(a).to.deep.equal(c);
    expect(a!.hash)
      .to.match(/^[0-9a-f]{16}$/)
      .and.not.equal(b!.hash);
    expect(Object.keys(a!)).to.deep.equal(['length', 'hash']);
    expect(rest[0]!.hash).to.match(/^[0-9a-f]{16}$/);
    expect(payloads('hash', 'on')[0]!.hash).to.not.equal(a!.hash);
  });

  it('is what a function returns', () => {
    const seen: TracedMessage[] = [];
    const own = (message: TracedMessage) => {
      seen.push(message);
      return message.topic === 't' ? { first: message.payload[0] } : undefined;
    };
    expect(payloads(own, 'a')).to.deep.equal([{ length: 1, value: { first: 0x61 } }]);
    expect(payloads(() => undefined, 'a')).to.deep.equal([{ length: 1 }]);
    expect(seen[0]).to.include({ direction: 'received', topic: 't', qos: 0, retain: false });
  });

  it(
    'applies to the will and to correlation data, too',
    mqttMarbles(({ client, flush }) => {
      const will = { topic: 'will/topic', payload: secret, properties: { responseTopic: 'reply/to' } };
      const mqtt = client(virtualBroker(), { will }, 50);
      const events = record(mqtt, { payloads: 'length', topics: coded });
      const properties = { correlationData: Uint8Array.of(1, 2), responseTopic: 'reply/to' };
      mqtt.publish('ask', secret, { properties }).subscribe();
      flush();
      const [connect, sent] = ['connect', 'publish'].map(cmd => packetsOf(events).find(packet => packet.cmd === cmd)!);
      expect(connect)
        .to.have.property('will')
        .that.deep.includes({ topic: '4/5', payload: { length: 7 } });
      expect(connect).to.have.nested.property('will.properties.responseTopic', '5/2');
      expect(sent).to.deep.include({ topic: '3', payload: { length: 7 } });
      expect(sent).to.have.nested.property('properties.responseTopic', '5/2');
      expect((sent as PublishPacket).properties!.correlationData)
        .to.have.keys('length', 'hash')
        .and.include({ length: 2 });
    }),
  );
});

describe('the option topics of a trace', () => {
  it(
    'changes topics and filters everywhere, and leaves quotes out of texts [S194]',
    mqttMarbles(({ broker, client, act, flush }) => {
      const script = broker(['-a-stu-m-d'], {
        a: connack({ properties: { responseInformation: 'private/inbox', reasonString: 'hello private' } }),
        s: suback(1, 1),
        t: suback(2, 0x87),
        u: { cmd: 'unsuback', packetId: 4, reasonCodes: [0x80], properties: { reasonString: 'not private/b' } },
        m: publish('private/x', { qos: 1, packetId: 5, payload: '' }),
        d: publish('private/wait', { properties: { responseTopic: 'private/answer' } }),
      });
      const mqtt = client(script, { clientId: 'me', topicPrefixes: [] }, 60);
      const events = record(mqtt, { topics: coded, figures: false });
      const filters = ['private/+/a', '$share/group/private/#'];
      for (const filter of filters) mqtt.topic$(filter).subscribe(ignored);
      mqtt.publish('private/z', 'x', { qos: 1, timeout: 10 }).subscribe(ignored);
      act('--u', { u: () => void mqtt.unsubscribe('private/b').subscribe(ignored) });
      flush();
      const text = JSON.stringify(events);
      expect(text).to.not.include('private');
      expect(text).to.include('"$share/group/7/#"').and.include('"7/+/1"');
      const [connackPacket] = packetsOf(events).filter(({ cmd }) => cmd === 'connack');
      expect(connackPacket).to.deep.include({ properties: { responseInformation: '7/5', reasonString: '...' } });
      const failed = events.find(event => event.type === 'ack' && event.error !== undefined);
      expect(failed).to.have.nested.property('error.message').that.includes("'7/1'");
      expect(events.some(({ type }) => type === 'warning')).to.equal(true);
    }),
  );

  it('keeps what a text says around the values that it quotes', () => {
    const mock = mockMqtt();
    const events = record(mock, { topics: coded });
    const messages = [
      [
        "the broker refuses the client's filter 'my/it's' as 'x'",
        "the broker refuses the client's filter '2/2'1' as ...",
      ],
      ["'unknown' is not allowed", '... is not allowed'],
      ["the broker's 'a' and 'b' differ", "the broker's ... differ"],
      ['nothing is quoted', 'nothing is quoted'],
    ] as const;
    for (const [message] of messages) {
      mock.setConnection('connected');
      mock.setConnection({
        status: 'reconnecting',
        attempt: 1,
        delay: 1,
        error: new MqttError('PROTOCOL_ERROR', message, { subject: "my/it's", retryable: true }),
      });
    }
    const seen = events.flatMap(event => (event.type === 'state' && event.error ? [event.error.message] : []));
    expect(seen).to.have.length(messages.length);
    for (const [i, [, wanted]] of messages.entries()) {
      if (i === 0) expect(seen[0]).to.equal("the broker refuses the client's filter '2/2'1' as ...");
      else expect(seen[i]).to.equal(wanted);
    }
  });

  it('keeps no words of a cause or of the broker', () => {
    const mock = mockMqtt();
    const events = record(mock, { topics: coded });
    const info = { reasonString: 'ACL denies private/x', cause: new Error('private/y is gone'), retryable: true };
    const message = 'the broker refused: ACL denies private/x (private/y is gone)';
    mock.setConnection({
      status: 'reconnecting',
      attempt: 1,
      delay: 1,
      error: new MqttError('SERVER_DISCONNECTED', message, info),
    });
    expect(events.at(-1)).to.have.nested.property('error.message', 'the broker refused: ... (...)');
  });

  it('errors the trace if it returns no text', () => {
    const mock = mockMqtt();
    let failure: unknown;
    recordTrace(mock, { topics: (() => undefined) as never }).subscribe({
      error: (error: unknown) => (failure = error),
    });
    mock.emit('t');
    expect(failure).to.include({
      code: 'INVALID_ARGUMENT',
      message: "option 'topics' of a trace returned undefined for a topic; it must return text",
    });
  });
});
