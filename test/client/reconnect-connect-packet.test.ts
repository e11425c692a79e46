import { expect } from 'chai';
import { concatMap } from 'rxjs';
import { type ConnectPacket, type MqttOptions, MqttError } from '../../src/index.js';
import { connecting, connects, journey } from '../support/journey.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack } from '../support/packets.js';

const fixed = { initial: 3, jitter: 'none', factor: 1 } as const;
const a = connack();
const text = new TextDecoder();
type Hook = NonNullable<MqttOptions['onConnectPacket']>;

describe('onConnectPacket (M5)', () => {
  it(
    'M5: sees the CONNECT that is about to be sent, with its password, and what it returns is sent',
    mqttMarbles(({ broker, expectTimeline }) => {
      const seen: string[] = [];
      const client = connecting(
        'mqtt://a',
        {
          transport: broker(['-#', '-a'], { a }),
          reconnect: fixed,
          clientId: 'me',
          username: 'u',
          password: 's3cret',
          onConnectPacket: packet => {
            seen.push(`${packet.clientId} ${packet.username} ${text.decode(packet.password)}`);
            return { ...packet, username: `u${seen.length}`, keepalive: 7 };
          },
        },
        9,
      );
      const tell = (packet: ConnectPacket) => `${packet.clientId} ${packet.username} ${packet.keepalive}`;
      expectTimeline(connects(client, tell)).toBe('0 me u1 7', '4 me u2 7');
      const told$ = client.connection$.pipe(
        concatMap(state => {
          if (state.status === 'connected') return [`keepalive ${state.limits.keepalive}`];
          return state.status === 'closed' ? [seen.join()] : [];
        }),
      );
      expectTimeline(told$).toBe('5 keepalive 7', '9 me u s3cret,me u s3cret', '9 |');
    }),
  );

  it(
    'may change its argument instead, which is a copy made anew: what it did to one CONNECT is not in the next',
    mqttMarbles(({ broker, expectTimeline }) => {
      const will = { topic: 'w', payload: new Uint8Array([1]) };
      const properties = { userProperties: [['a', 'b']] as [string, string][] };
      const kept: ConnectPacket[] = [];
      const client = connecting(
        'mqtt://a',
        {
          transport: broker(['-#', '-a'], { a }),
          reconnect: fixed,
          will,
          properties,
          onConnectPacket: packet => {
            packet.properties!.userProperties = [...packet.properties!.userProperties!, ['n', String(kept.length)]];
            packet.will!.payload[0]!++;
            kept.push(packet);
          },
        },
        9,
      );
      const tell = (packet: ConnectPacket) => {
        kept.at(-1)!.will!.topic = 'changed too late';
        return `${packet.properties?.userProperties?.join(' ')} ${packet.will?.topic} ${packet.will?.payload[0]}`;
      };
      expectTimeline(connects(client, tell)).toBe('0 a,b n,0 w 2', '4 a,b n,1 w 2');
      client.connection$.subscribe({
        complete: () => expect([will.payload[0], properties.userProperties]).to.deep.equal([1, [['a', 'b']]]),
      });
    }),
  );

  it(
    'is asked for every CONNECT, that in an older version too',
    mqttMarbles(({ broker, expectTimeline }) => {
      const versions: number[] = [];
      const refused = connack({ reasonCode: 0x84, returnCode: 1 });
      const client = connecting(
        'mqtt://a',
        {
          transport: broker(['-r', '-a'], { r: refused, a }, 4),
          protocolVersion: 'auto',
          onConnectPacket: packet => void versions.push(packet.protocolVersion),
        },
        9,
      );
      expectTimeline(journey(client)).toBe('0 connecting mqtt://a', '2 connected', '9 closed', '9 |');
      client.connection$.subscribe({ complete: () => expect(versions).to.deep.equal([5, 4]) });
    }),
  );

  it(
    'what it throws is OPTIONS_FAILED, and a failed attempt like any other',
    mqttMarbles(({ broker, expectTimeline }) => {
      let times = 0;
      const onConnectPacket: Hook = () => {
        if (times++ === 0) throw new Error('s3cret');
      };
      const client = connecting(
        'mqtt://a',
        { transport: broker(['-a', '-a'], { a }), reconnect: fixed, onConnectPacket },
        9,
      );
      expectTimeline(journey(client)).toBe(
        '0 connecting mqtt://a',
        '0 waiting 3: OPTIONS_FAILED',
        '3 connecting mqtt://a',
        '4 connected',
        '9 closed',
        '9 |',
      );
      const tellsSecret$ = client.connection$.pipe(
        concatMap(state => (state.status === 'reconnecting' ? [`${String(state.error).includes('s3cret')}`] : [])),
      );
      expectTimeline(tellsSecret$).toBe('0 false', '9 |');
    }),
  );

  const wrong: [version: 5 | 4 | 3, change: object, subject: string][] = [
    [5, { keepalive: -1 }, 'keepalive'],
    [5, { clientId: 7 }, 'clientId'],
    [5, { clientId: undefined }, 'clientId'],
    [5, { clean: 'yes' }, 'clean'],
    [5, { username: 'a\0' }, 'username'],
    [5, { password: 'text' }, 'password'],
    [5, { cmd: 'publish' }, 'cmd'],
    [5, { protocolVersion: 4 }, 'protocolVersion'],
    [5, { userName: 'u' }, 'userName'],
    [5, { will: { topic: 't' } }, 'will.payload'],
    [5, { will: { topic: '#', payload: new Uint8Array(), qos: 0, retain: false } }, 'will.topic'],
    [5, { properties: { sessionExpiryInterval: -1 } }, 'properties.sessionExpiryInterval'],
    [5, { properties: { authenticationMethod: 'x' } }, 'properties.authenticationMethod'],
    [4, { properties: {} }, 'properties'],
    [4, { password: new Uint8Array() }, 'password'],
    [3, { will: { topic: 't', payload: new Uint8Array(), qos: 0, retain: false, properties: {} } }, 'will.properties'],
    [3, { clientId: '' }, 'clientId'],
    [4, { clientId: '', clean: false }, 'clientId'],
  ];
  for (const [protocolVersion, change, subject] of wrong) {
    it(
      `refuses a CONNECT of version ${protocolVersion} with ${JSON.stringify(change)}`,
      mqttMarbles(({ broker, sent, expectTimeline }) => {
        const onConnectPacket = ((packet: ConnectPacket) => ({ ...packet, ...change })) as Hook;
        const options = { transport: broker(['-a'], { a }, protocolVersion), protocolVersion, onConnectPacket };
        const client = connecting('mqtt://a', options, 9);
        expectTimeline(sent(client)).toBe();
        expectTimeline(journey(client)).toBe('0 connecting mqtt://a', '0 closed: INVALID_ARGUMENT', '0 |');
        client.connection$.subscribe(state => {
          if (state.status !== 'closed' || !MqttError.is(state.error)) return;
          expect(state.error.subject?.replace('onConnectPacket.', '')).to.equal(subject);
        });
      }),
    );
  }

  for (const [what, answer] of [
    ['a promise', Promise.resolve()],
    ['text', 'CONNECT'],
    ['null', null],
  ] as const) {
    it(
      what === 'null' ? 'takes null for nothing' : `refuses ${what}`,
      mqttMarbles(({ broker, expectTimeline }) => {
        const onConnectPacket = (() => answer) as unknown as Hook;
        const client = connecting('mqtt://a', { transport: broker(['-a'], { a }), onConnectPacket }, 9);
        const end = what === 'null' ? ['1 connected', '9 closed', '9 |'] : ['0 closed: INVALID_ARGUMENT', '0 |'];
        expectTimeline(journey(client)).toBe('0 connecting mqtt://a', ...end);
      }),
    );
  }
});
