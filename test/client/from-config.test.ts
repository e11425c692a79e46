import { expect } from 'chai';
import { getCiphers } from 'node:tls';
import { type ClientConfig, type MqttOptions, fromConfig, mqtt } from '../../src/index.js';
import { toOpenSslNames } from '../../src/client/options/config/cipher-suites.js';
import { connecting, connects } from '../support/journey.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack } from '../support/packets.js';
import { type Case, refuses } from './checks/refusals.js';

const pem = (what: string) => `-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`;
const ca = pem('CERTIFICATE');
const cert = pem('CERTIFICATE');
const key = pem('PRIVATE KEY');

/** By way of JSON, as it will come. */
const from = (config: unknown): ClientConfig | undefined => fromConfig(JSON.parse(JSON.stringify(config)) as object);

describe('fromConfig()', () => {
  it('M1: every key of Mongoose OS has its option', () => {
    const config = from({
      enable: true,
      server: 'broker.example:8883',
      client_id: 'me',
      clean_session: false,
      keep_alive: 30,
      user: 'u',
      pass: 'p',
      reconnect_timeout_min: 2,
      reconnect_timeout_max: 60,
      ssl_ca_cert: ca,
      ssl_cert: cert,
      ssl_key: key,
      ssl_cipher_suites: 'TLS-ECDHE-RSA-WITH-AES-128-GCM-SHA256:AES256-SHA',
      will_topic: 'gone',
      will_message: 'bye',
      will_retain: true,
      max_qos: 1,
      max_queue_length: 5,
    });
    expect(config).to.deep.equal({
      url: 'mqtts://broker.example:8883',
      options: {
        clientId: 'me',
        clean: false,
        keepalive: 30,
        username: 'u',
        password: 'p',
        reconnect: { initial: 2000, max: 60_000 },
        tls: { ca, cert, key, ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA' },
        will: { topic: 'gone', payload: 'bye', retain: true },
        maximumQoS: 1,
        queue: { maxMessages: 5 },
      },
    });
    mqtt(config!.url, config!.options).close();
  });

  it('M1: a key shared beforehand', () => {
    const config = from({ server: 'h', ssl_psk_identity: 'me', ssl_psk_key: '00ff' });
    expect(config).to.deep.equal({ url: 'mqtts://h', options: { tls: { psk: { identity: 'me', key: '00ff' } } } });
    mqtt(config!.url, config!.options).close();
  });

  it('M1: takes the whole section that Mongoose OS writes', () => {
    const section = {
      enable: true,
      server: 'broker.example:1883',
      client_id: '',
      user: '',
      pass: '',
      reconnect_timeout_min: 2,
      reconnect_timeout_max: 60,
      ssl_cert: '',
      ssl_key: '',
      ssl_ca_cert: '',
      ssl_cipher_suites: '',
      ssl_psk_identity: '',
      ssl_psk_key: '',
      clean_session: true,
      keep_alive: 60,
      will_topic: '',
      will_message: '',
      will_retain: false,
      max_qos: 2,
      recv_mbuf_limit: 3072,
      require_time: false,
      cloud_events: true,
      max_queue_length: 0,
      ws_enable: false,
      ws_path: '/mqtt',
      debug_use_log_level: false,
    };
    expect(from(section)).to.deep.equal({
      url: 'mqtt://broker.example:1883',
      options: { clean: true, keepalive: 60, reconnect: { initial: 2000, max: 60_000 }, maximumQoS: 2 },
    });
  });

  it('M1: ws_enable is ws:// or wss:// with the path ws_path', () => {
    const urlOf = (config: object) => from({ server: 'h:9001', ws_enable: true, ...config })!.url;
    expect(urlOf({ ws_path: '/a/b' })).to.equal('ws://h:9001/a/b');
    expect(urlOf({ ws_path: '/' })).to.equal('ws://h:9001/');
    expect(urlOf({ ws_path: '' })).to.equal('ws://h:9001');
    expect(urlOf({ ssl_ca_cert: ca })).to.equal('wss://h:9001');
    expect(urlOf({ ws_enable: false, ws_path: '/a' })).to.equal('mqtt://h:9001');
  });

  it(
    'M1: what it gives is what is sent',
    mqttMarbles(({ broker, expectTimeline }) => {
      const config = from({
        server: 'h',
        client_id: 'me',
        user: 'u',
        pass: 'p',
        keep_alive: 7,
        clean_session: false,
        will_topic: 't',
      })!;
      const transport = broker(['-a'], { a: connack() });
      const client = connecting(config.url, { ...config.options, transport }, 9);
      expectTimeline(
        connects(client, ({ clientId, username, keepalive, clean, will }) =>
          [clientId, username, keepalive, clean, will?.topic, will?.payload.length].join(' '),
        ),
      ).toBe('0 me u 7 false t 0');
    }),
  );

  it('M2: without anything of TLS it is mqtt://; the port is the default of the scheme', () => {
    expect(from({ server: 'h' })).to.deep.equal({ url: 'mqtt://h', options: {} });
    expect(from({ server: '[::1]:1884', ssl_ca_cert: '', ssl_key: null })!.url).to.equal('mqtt://[::1]:1884');
    expect(from({ server: 'h', tls: {} })!.url).to.equal('mqtts://h');
  });

  it('takes our own options beside them, also parts of one', () => {
    const own: MqttOptions = {
      protocolVersion: 4,
      queue: { maxMessages: 5 },
      tls: { alpn: ['mqtt'], servername: 's' },
      reconnect: { jitter: 'none' },
      will: { topic: 'w', retain: true },
    };
    expect(from({ ...own, server: 'h', ssl_ca_cert: ca, reconnect_timeout_max: 5, will_message: 'x' })).to.deep.equal({
      url: 'mqtts://h',
      options: {
        protocolVersion: 4,
        queue: { maxMessages: 5 },
        tls: { alpn: ['mqtt'], servername: 's', ca },
        reconnect: { jitter: 'none', max: 5000 },
        will: { topic: 'w', retain: true, payload: 'x' },
      },
    });
  });

  it('takes url instead of server, one or several', () => {
    const url = ['mqtt://a', { url: 'wss://b', options: { username: 'u' } }];
    expect(from({ url: 'wss://h/mqtt' })).to.deep.equal({ url: 'wss://h/mqtt', options: {} });
    expect(from({ url })).to.deep.equal({ url, options: {} });
  });

  it('takes what Mongoose OS writes where nothing is set: empty text and null are as good as absent', () => {
    expect(
      from({ server: 'h', client_id: '', user: '', pass: null, will_topic: '', will_message: '', ssl_cert: null }),
    ).to.deep.equal({ url: 'mqtt://h', options: {} });
  });

  it('M1: gives nothing for enable: false, whether there is a server or not, but still says what is wrong', () => {
    expect(from({ enable: false, server: 'h', user: 'u' })).to.equal(undefined);
    expect(from({ enable: false, server: '' })).to.equal(undefined);
    expect(() => from({ enable: false, usr: 'u' })).to.throw("'usr'");
  });

  it('is pure: the configuration stays as it is, and what is given has no hold on it', () => {
    const config = Object.freeze({ server: 'h', tls: { alpn: ['a'] } });
    const result = fromConfig(config)!;
    config.tls.alpn.push('b');
    expect(result.options.tls!.alpn).to.deep.equal(['a']);
    expect(result).to.be.frozen;
    expect(result.options).to.be.frozen;
  });

  const server = 'h';
  const bad: readonly Case[] = [
    [{}, 'server', 'missing', 'url'],
    [{ server: '' }, 'server', 'missing'],
    [{ server: 7 }, 'server', "like 'host:1883'", 'a number'],
    [{ server: 'mqtt://u:s3cret@h' }, 'server', "the key 'url'"],
    [{ server: 'u:s3cret@h:1' }, 'server', 'other text'],
    [{ server: 'h:0' }, 'server', 'other text'],
    [{ server: 'h:99999' }, 'server', 'other text'],
    [{ server: 'h/path' }, 'server', 'other text'],
    [{ server, url: 'mqtt://h' }, 'server', "the same as 'url'"],
    [{ url: 'h' }, 'url', 'begins with its scheme'],
    [{ url: 7 }, 'url', 'number'],
    [{ server, enable: 'no' }, 'enable', 'true or false'],
    [{ server, client_id: 7 }, 'client_id', 'a string', 'a number'],
    [{ server, clean_session: 1 }, 'clean_session', 'true or false'],
    [{ server, keep_alive: '60' }, 'keep_alive', 'an integer from 0 to 65,535'],
    [{ server, user: 7 }, 'user', 'a string'],
    [{ server, pass: 7 }, 'pass', 'a string'],
    [{ server, pass: 'p', protocolVersion: 4 }, 'pass', "needs 'user'"],
    [{ server, clean_session: false }, 'client_id', "option 'client_id' is missing", "'clean_session' false"],
    [{ server, reconnect_timeout_min: 0 }, 'reconnect_timeout_min', 'a number of s'],
    [{ server, reconnect_timeout_max: '60' }, 'reconnect_timeout_max', 'a number of s'],
    [
      { server, reconnect_timeout_min: 9, reconnect_timeout_max: 3 },
      'reconnect_timeout_min',
      "'reconnect_timeout_max'",
    ],
    [{ server, reconnect_timeout_min: 90 }, 'reconnect_timeout_min', "'reconnect_timeout_max'"],
    [{ server, ssl_cert: cert }, 'ssl_cert', "needs 'ssl_key'"],
    [{ server, will_retain: true }, 'will_topic', 'missing'],
    [{ server, will_topic: 't', will_retain: 1 }, 'will_retain', 'true or false'],
    [{ server, max_queue_length: -1 }, 'max_queue_length', 'an integer'],
    [{ server, max_queue_length: 5, queue: { maxMessages: 5 } }, 'max_queue_length', "the same as 'queue.maxMessages'"],
    [{ server, cloud_events: 'yes' }, 'cloud_events', 'true or false'],
    [{ server, debug_use_log_level: 1 }, 'debug_use_log_level', 'true or false'],
    [{ server, require_time: 1 }, 'require_time', 'true or false'],
    [{ server, recv_mbuf_limit: '3072' }, 'recv_mbuf_limit', 'an integer'],
    [{ server, ws_enable: 1 }, 'ws_enable', 'true or false'],
    [{ server, ws_enable: true, ws_path: 'mqtt' }, 'ws_path', "a path like '/mqtt'", 'other text'],
    [{ server, ws_path: '/a b' }, 'ws_path', "a path like '/mqtt'"],
    [{ server, ws_path: 7 }, 'ws_path', 'a number'],
    [{ url: 'ws://h', ws_enable: true }, 'ws_enable', "the same as 'url'"],
    [{ server, ssl_cipher_suites: 7 }, 'ssl_cipher_suites', 'a string'],
    [{ server, ssl_psk_identity: 'me' }, 'ssl_psk_key', 'missing'],
    [{ server, ssl_psk_key: '00ff' }, 'ssl_psk_identity', 'missing'],
    [{ server, ssl_psk_identity: 'me', ssl_psk_key: 'xyz' }, 'ssl_psk_key', 'hex digits'],
    [{ server, will_message: 'x' }, 'will_topic', 'missing'],
    [{ server, will_topic: 'a/#' }, 'will_topic', 'wildcard'],
    [{ server, will_topic: 't', will_message: 7 }, 'will_message', 'a string'],
    [{ server, max_qos: 3 }, 'max_qos', '0, 1 or 2'],
    [{ server, clientid: 'x' }, 'clientid', "did you mean 'clientId'"],
    [{ server, client_di: 'x' }, 'client_di', "did you mean 'client_id'"],
    [{ server, ssl_ca: 'x' }, 'ssl_ca', 'unknown'],
    [{ server, client_id: 'a', clientId: 'b' }, 'client_id', "the same as 'clientId'"],
    [{ server, ssl_ca_cert: ca, tls: { ca } }, 'ssl_ca_cert', "the same as 'tls.ca'"],
    [{ server, reconnect: false, reconnect_timeout_min: 2 }, 'reconnect_timeout_min', 'set only one'],
    [{ server, clientId: 7 }, 'clientId', 'a string'],
    [{ server, clientId: null }, 'clientId', 'a string'],
    [{ server, tls: { cert } }, 'tls.cert', "needs 'tls.key'"],
    [{ server, queue: { maxMessages: 0 } }, 'queue.maxMessages', 'an integer'],
    [{ server, perAttempt: () => [] }, 'perAttempt', 'is not data'],
    [{ server, transport: {} }, 'transport', 'is not data'],
    [{ server, reconnect: () => [] }, 'reconnect', 'is not data'],
    [[], 'config', 'a plain object', 'an array'],
    ['{"server":"h"}', 'config', 'a plain object', 'a string'],
    [null, 'config', 'a plain object', 'null'],
  ];
  refuses(config => fromConfig(config as object), bad);

  it('names a key that is like none, and those that there are', () => {
    expect(() => fromConfig({ broker: { server } })).to.throw(
      "unknown option 'broker'; known are server, enable, client_id,",
    );
    expect(() => fromConfig(JSON.parse('{"server":"h","__proto__":{"enable":false}}'))).to.throw("'__proto__'");
  });

  it('tells no secret', () => {
    for (const config of [{ server: 'mqtt://u:s3cret@h' }, { server, pass: ['s3cret'] }, { url: 'mqtt://u:s3cret@' }])
      expect(() => fromConfig(config))
        .to.throw()
        .with.property('message')
        .that.does.not.include('s3cret');
  });

  const names: readonly (readonly [mbedTls: string, openSsl: string])[] = [
    ['TLS-ECDHE-ECDSA-WITH-AES-256-CBC-SHA384', 'ECDHE-ECDSA-AES256-SHA384'],
    ['TLS-RSA-WITH-AES-128-CBC-SHA', 'AES128-SHA'],
    ['TLS-RSA-PSK-WITH-AES-128-CBC-SHA256', 'RSA-PSK-AES128-CBC-SHA256'],
    ['TLS-PSK-WITH-AES-128-GCM-SHA256', 'PSK-AES128-GCM-SHA256'],
    ['TLS-ECDHE-PSK-WITH-AES-256-CBC-SHA', 'ECDHE-PSK-AES256-CBC-SHA'],
    ['TLS-DHE-RSA-WITH-CHACHA20-POLY1305-SHA256', 'DHE-RSA-CHACHA20-POLY1305'],
    ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
    ['TLS1-3-AES-128-GCM-SHA256', 'TLS_AES_128_GCM_SHA256'],
    ['TLS_AES_256_GCM_SHA384', 'TLS_AES_256_GCM_SHA384'],
    ['ECDHE-RSA-AES128-SHA', 'ECDHE-RSA-AES128-SHA'],
  ];
  it('M2: cipher suites by the names of mbed TLS are those of OpenSSL, which are left as they are', () => {
    for (const [theirs, ours] of names) {
      expect(toOpenSslNames(theirs)).to.equal(ours);
      expect(getCiphers()).to.include(ours.toLowerCase());
    }
    expect(toOpenSslNames('TLS-PSK-WITH-AES-128-CCM-8:!aNULL')).to.equal('PSK-AES128-CCM8:!aNULL');
  });
});
