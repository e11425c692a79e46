import { expect } from 'chai';
import { map } from 'rxjs';
import { type ClientConfig, type ConnectPacket, type MqttOptions, fromConfig, mqtt } from '../../src/index.js';
import { connecting, connects, journey } from '../support/journey.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack } from '../support/packets.js';
import { type Case, refuses } from './checks/refusals.js';

const ca = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

const from = (config: unknown): ClientConfig | undefined => fromConfig(JSON.parse(JSON.stringify(config)) as object);

/** Without the strategy, which is a function. */
function data({ url, options: { reconnect, ...options } }: ClientConfig): { url: unknown; options: MqttOptions } {
  expect(reconnect).to.be.a('function');
  return { url, options };
}

describe('a configuration with the sections of Mongoose OS [S158]', () => {
  it('M1: mqtt alone is as its content; other sections are ignored', () => {
    const mqttSection = { server: 'h', client_id: 'me', reconnect_timeout_max: 5 };
    const whole = { device: { id: 'esp_1' }, wifi: { sta: { pass: 'x' } }, conf_acl: '*', mqtt: mqttSection };
    expect(from(whole)).to.deep.equal(from(mqttSection));
    expect(from({ ...whole, mqtt1: { enable: false, server: '' } })).to.deep.equal(from(mqttSection));
  });

  it('M1: mqtt1 is the second server; the options that belong to a connection go with their own server', () => {
    const config = from({
      mqtt: { server: 'main:8883', user: 'u', pass: 'p', ssl_ca_cert: ca, client_id: 'me', keep_alive: 30 },
      mqtt1: { enable: true, server: 'backup', user: 'u1', client_id: 'me', keep_alive: 30 },
    })!;
    expect(data(config)).to.deep.equal({
      url: [
        { url: 'mqtts://main:8883', options: { username: 'u', password: 'p', tls: { ca } } },
        { url: 'mqtt://backup', options: { username: 'u1' } },
      ],
      options: { clientId: 'me', keepalive: 30 },
    });
    expect(config).to.be.frozen;
    expect(config.url).to.be.frozen;
    expect(config.options).to.be.frozen;
    mqtt(config.url, config.options).close();
  });

  it('neither section lends the other its credentials, its TLS or its way', () => {
    const own = {
      protocolVersion: 4,
      tls: { servername: 's' },
      tcp: { noDelay: false },
      websocket: { headers: { authorization: 's3cret' } },
      proxy: 'http://user:s3cret@proxy',
    };
    const secret = { ...own, user: 'u', pass: 's3cret' };
    const expected = { ...own, username: 'u', password: 's3cret' };
    const one = data(from({ mqtt: { server: 'a', ...secret }, mqtt1: { server: 'b' } })!);
    expect(one).to.deep.equal({
      url: [
        { url: 'mqtts://a', options: expected },
        { url: 'mqtt://b', options: {} },
      ],
      options: {},
    });
    const other = data(from({ mqtt: { server: 'a' }, mqtt1: { server: 'b', ...secret } })!);
    expect(other).to.deep.equal({
      url: [
        { url: 'mqtt://a', options: {} },
        { url: 'mqtts://b', options: expected },
      ],
      options: {},
    });
  });

  it('takes url in a section, also a list, whose entries come before what the section says', () => {
    const url = ['ws://a', { url: 'mqtt://b', options: { username: 'b' } }];
    const config = from({ mqtt: { url, user: 'u' }, mqtt1: { url: 'wss://c' } })!;
    expect(data(config).url).to.deep.equal([
      { url: 'ws://a', options: { username: 'u' } },
      { url: 'mqtt://b', options: { username: 'b' } },
      { url: 'wss://c', options: {} },
    ]);
  });

  it('gives nothing where mqtt says enable: false, but still says what is wrong in mqtt1', () => {
    expect(from({ mqtt: { enable: false }, mqtt1: { server: 'b' } })).to.equal(undefined);
    expect(() => from({ mqtt: { enable: false }, mqtt1: { server: 'b', usr: '' } })).to.throw("'mqtt1.usr'");
  });

  it('a session of the backup may be that of the client id in the section mqtt', () => {
    for (const enable of [true, false]) {
      const config = { mqtt: { server: 'a', client_id: 'me', enable }, mqtt1: { server: 'b', clean_session: false } };
      expect(() => from(config)).to.not.throw();
    }
  });

  it(
    'M1: each server is greeted with its own user, and none without one',
    mqttMarbles(({ broker, expectTimeline }) => {
      const config = from({
        mqtt: {
          server: 'a',
          user: 'u',
          pass: 'p',
          client_id: 'me',
          reconnect_timeout_min: 0.004,
          reconnect_timeout_max: 0.004,
        },
        mqtt1: { server: 'b' },
      })!;
      const transport = broker(['-#', '-#', '-a'], { a: connack() });
      // as its bytes, of which packet$ shows none
      const passwords: string[] = [];
      const onConnectPacket = ({ password }: ConnectPacket) => void passwords.push(String(password));
      const client = connecting(config.url, { ...config.options, transport, onConnectPacket }, 20);
      const greetings$ = connects(client, ({ clientId, username }) => `${clientId} ${username ?? '-'}`);
      expectTimeline(greetings$.pipe(map(words => `${words} ${passwords.at(-1)}`))).toBe(
        '0 me u 112',
        '5 me u 112',
        '10 me - undefined',
      );
    }),
  );

  it(
    'M1, M3: the backup after the longest delay of the main one, which comes first again when a connection is lost',
    mqttMarbles(({ broker, expectTimeline }) => {
      const config = from({
        mqtt: {
          server: 'a',
          reconnect_timeout_min: 0.003,
          reconnect_timeout_max: 0.006,
          reconnect: { jitter: 'none' },
        },
        mqtt1: { server: 'b', reconnect_timeout_min: 0.003, reconnect_timeout_max: 0.006 },
      })!;
      const transport = broker(['#', '#', '#', '-a 10s #', '---'], { a: connack() });
      const client = connecting(config.url, { ...config.options, transport }, 10_020);
      expectTimeline(journey(client).pipe(map(words => words.replace('mqtt://', '')))).toBe(
        '0 connecting a',
        '0 waiting 3: CONNECTION_CLOSED',
        '3 connecting a',
        '3 waiting 6: CONNECTION_CLOSED',
        '9 connecting a',
        '9 waiting 3: CONNECTION_CLOSED',
        '12 connecting b',
        '13 connected',
        '10014 waiting 3: CONNECTION_CLOSED',
        '10017 connecting a',
        '10020 closed',
        '10020 |',
      );
    }),
  );

  it('delays are those of Mongoose OS unless set; with reconnect: false there is no second attempt', () => {
    const main = { server: 'a' };
    expect(from({ mqtt: main, mqtt1: { server: 'b', reconnect_timeout_min: 2, reconnect_timeout_max: 60 } })).to.be.an(
      'object',
    );
    expect(from({ mqtt: { ...main, reconnect: false }, mqtt1: { server: 'b' } })!.options.reconnect).to.equal(false);
  });

  const mqttSection = { server: 'a', client_id: 'me' };
  const mqtt1 = { server: 'b' };
  const bad: readonly Case[] = [
    [{ mqtt1 }, 'mqtt', 'a plain object', 'undefined'],
    [{ mqtt: [] }, 'mqtt', 'a plain object', 'an array'],
    [{ mqtt: mqttSection, mqtt1: 'b' }, 'mqtt1', 'a plain object', 'a string'],
    [{ mqtt: mqttSection, server: 'h' }, 'server', "outside of the section 'mqtt'"],
    [{ mqtt: mqttSection, queue: {} }, 'queue', "outside of the section 'mqtt'"],
    [{ mqtt: { server: 'h/path' } }, 'mqtt.server', "'mqtt.server'", 'other text'],
    [{ mqtt: {} }, 'mqtt.server', "option 'mqtt.server' or 'url' is missing"],
    [{ mqtt: { server: 'h', client_di: '' } }, 'mqtt.client_di', "did you mean 'client_id'"],
    [{ mqtt: mqttSection, mqtt1: {} }, 'mqtt1.server', 'missing'],
    [{ mqtt: mqttSection, mqtt1: { server: 'b', client_id: 7 } }, 'mqtt1.client_id', "'mqtt1.client_id'", 'a string'],
    [{ mqtt: mqttSection, mqtt1: { server: 'b', pass: 'p', protocolVersion: 4 } }, 'mqtt1.pass', "needs 'user'"],
    [
      { mqtt: { server: 'a' }, mqtt1: { server: 'b', clean_session: false } },
      'mqtt1.client_id',
      "'mqtt1.client_id' is missing",
      "'clean_session' false",
    ],
    [{ mqtt: mqttSection, mqtt1: { server: 'b', max_queue_length: 9 } }, 'mqtt1.queue', 'cannot differ'],
    [
      { mqtt: mqttSection, mqtt1: { server: 'b', reconnect_timeout_max: 9 } },
      'mqtt1.reconnect_timeout_max',
      'both servers',
    ],
    [{ mqtt: mqttSection, mqtt1: { server: 'b', reconnect: false } }, 'mqtt1.reconnect', 'both servers'],
    [
      { mqtt: { server: 'a', reconnect: { factor: 3 } }, mqtt1 },
      'mqtt.reconnect.factor',
      'only initial, max, jitter can',
    ],
    [
      { mqtt: mqttSection, mqtt1: { server: 'b', ssl_ca_cert: 'gone.pem' } },
      'mqtt1.ssl_ca_cert',
      "('gone.pem', ENOENT)",
    ],
  ];
  refuses(config => fromConfig(config as object), bad);
});
