import { validateOptions, validateServerOptions } from '../../../src/client/options/validate-options.js';
import { type Case, accepts, refuses } from './refusals.js';

const check = (options: unknown): unknown => validateOptions(options);
const pem = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----';
const key = '-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----';

const tcp: readonly Case[] = [
  [{ tcp: { localAddress: 'eth0' } }, 'tcp.localAddress', 'an IP address of this machine'],
  [{ tcp: { localAddress: 7 } }, 'tcp.localAddress', 'a number'],
  [{ tcp: { keepAlive: true } }, 'tcp.keepAlive', 'a plain object'],
  [{ tcp: { keepAlive: { idle: 60 } } }, 'tcp.keepAlive.idle', 'whole seconds, from 1,000', 'got 60'],
  [{ tcp: { keepAlive: { idle: 0 } } }, 'tcp.keepAlive.idle', 'got 0'],
  [{ tcp: { keepAlive: { idle: 1500 } } }, 'tcp.keepAlive.idle', 'got 1500'],
  [{ tcp: { keepAlive: { interval: '5000' } } }, 'tcp.keepAlive.interval', "the string '5000'"],
  [{ tcp: { keepAlive: { interval: 32_768_000 } } }, 'tcp.keepAlive.interval', '32,767,000'],
  [{ tcp: { keepAlive: { count: 128 } } }, 'tcp.keepAlive.count', 'an integer from 1 to 127'],
  [{ tcp: { keepAlive: { probes: 3 } } }, 'tcp.keepAlive.probes', 'unknown option'],
];

const tls: readonly Case[] = [
  [{ tls: true }, 'tls', 'a plain object'],
  [{ tls: { ca: '/etc/ssl/ca.pem' } }, 'tls.ca', 'PEM text', 'read the file'],
  [{ tls: { ca: [] } }, 'tls.ca', 'an empty array'],
  [{ tls: { ca: [pem, 7] } }, 'tls.ca[1]', 'PEM text or a Uint8Array', 'a number'],
  [{ tls: { cert: pem } }, 'tls.cert', "needs 'tls.key'"],
  [{ tls: { key } }, 'tls.key', "needs 'tls.cert'"],
  [{ tls: { cert: pem, key: 'secret.pem' } }, 'tls.key', 'read the file'],
  [{ tls: { pfx: 'secret.p12' } }, 'tls.pfx', 'a Uint8Array'],
  [{ tls: { pfx: new Uint8Array(1), cert: pem, key } }, 'tls.pfx', "leave 'tls.cert' and 'tls.key' out"],
  [{ tls: { passphrase: 7 } }, 'tls.passphrase', 'a string'],
  [{ tls: { servername: '' } }, 'tls.servername', 'an empty one'],
  [{ tls: { alpn: 'mqtt' } }, 'tls.alpn', 'an array of protocol names'],
  [{ tls: { alpn: [''] } }, 'tls.alpn[0]', '1 to 255'],
  [{ tls: { ciphers: [] } }, 'tls.ciphers', 'a string'],
  [{ tls: { minVersion: 'TLSv1.4' } }, 'tls.minVersion', "'TLSv1.3'"],
  [{ tls: { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' } }, 'tls.minVersion', "'tls.maxVersion'"],
  [{ tls: { rejectUnauthorized: 0 } }, 'tls.rejectUnauthorized', 'true or false'],
  [{ tls: { psk: { identity: 'me' } } }, 'tls.psk.key', 'missing'],
  [{ tls: { psk: { identity: '', key: 'ab' } } }, 'tls.psk.identity', 'an empty one'],
  [{ tls: { psk: { identity: 'x'.repeat(129), key: 'ab' } } }, 'tls.psk.identity', 'at most 128'],
  [{ tls: { psk: { identity: 'me', key: 'secret' } } }, 'tls.psk.key', 'hex digits'],
  [{ tls: { psk: { identity: 'me', key: 'abc' } } }, 'tls.psk.key', 'two for each byte'],
  [{ tls: { psk: { identity: 'me', key: new Uint8Array(0) } } }, 'tls.psk.key', '1 to 256 bytes'],
  [{ tls: { psk: { identity: 'me', key: 7 } } }, 'tls.psk.key', 'a number'],
  [{ tls: { serverName: 'x' } }, 'tls.serverName', "did you mean 'tls.servername'?"],
];

const others: readonly Case[] = [
  [{ websocket: { headers: [] } }, 'websocket.headers', 'a plain object of strings'],
  [{ websocket: { headers: { 'a b': 'c' } } }, 'websocket.headers.a b', 'not the name of an HTTP header'],
  [{ websocket: { headers: { a: 7 } } }, 'websocket.headers.a', 'a string'],
  [{ websocket: { headers: { a: 'secret\r\nb: c' } } }, 'websocket.headers.a', 'a line break'],
  [{ websocket: { protocols: 'mqtt' } }, 'websocket.protocols', 'an array of sub-protocols'],
  [{ websocket: { protocols: ['a b'] } }, 'websocket.protocols[0]', 'the name of a sub-protocol'],
  [{ websocket: { path: '/mqtt' } }, 'websocket.path', 'unknown option'],
  [{ proxy: 7 }, 'proxy', 'http://host:port or socks5://host:port', 'a number'],
  [{ proxy: 'proxy' }, 'proxy', 'got other text'],
  [{ proxy: 'https://user:secret@proxy' }, 'proxy', 'another scheme'],
  [{ proxy: 'socks5://' }, 'proxy', 'without a host'],
  [{ proxy: 'http://user:100%@proxy' }, 'proxy', 'percent-encoded'],
];

describe('the options of transports', () => {
  describe('tcp', () => refuses(check, tcp));
  describe('tls', () => refuses(check, tls));
  describe('websocket and proxy', () => refuses(check, others));

  accepts(check, [
    { tcp: { noDelay: false, localAddress: '192.0.2.1', keepAlive: { idle: 1000, interval: 32_767_000, count: 1 } } },
    { tcp: { localAddress: 'fe80::1%eth0', keepAlive: {} } },
    { tls: {} },
    { tls: { ca: pem, cert: new Uint8Array(3), key, passphrase: '', servername: 'a', alpn: ['x-amzn-mqtt-ca'] } },
    { tls: { ca: [pem, new Uint8Array(3)], pfx: new Uint8Array(3), ciphers: 'PSK', rejectUnauthorized: false } },
    { tls: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', psk: { identity: 'me', key: 'ABcd' } } },
    { tls: { psk: { identity: 'me', key: new Uint8Array(256) } } },
    { websocket: { headers: { authorization: 'Bearer x', 'x-1': '' }, protocols: ['mqtt', 'mqttv3.1'] } },
    { proxy: 'http://user:p%40ss@proxy:8080' },
    { proxy: 'socks5h://[::1]' },
  ]);
  accepts(validateServerOptions, [{ tls: { ca: pem }, websocket: {}, proxy: 'http://proxy', tcp: { noDelay: true } }]);
});
