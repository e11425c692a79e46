import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsOptions } from '../../src/index.js';
import { certificate } from '../support/certificates.js';
import { type Mosquitto, describeMosquitto, startMosquitto } from '../support/mosquitto.js';
import { freePort } from '../support/ports.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { type Clients, transportClients } from './support.js';

const authority = certificate({ name: 'authority', authority: true });
const stranger = certificate({ name: 'stranger', authority: true });
const server = certificate({ name: 'server', hosts: ['127.0.0.1'], issuer: authority });
const device = certificate({ name: 'device', issuer: authority });
const spy = certificate({ name: 'spy', issuer: stranger });
const ca = authority.cert;
const psk = { identity: 'device-7', key: '0123456789abcdef' };

/** Its WebSocket takes 4 KiB every 100 ms. */
const SHORT = 3000;

/** One mosquitto with a listener of every kind. */
describeMosquitto('the transports with mosquitto', () => {
  describeWithoutLeaks('a listener of every kind', () => {
    const clients = transportClients();
    let directory: string;
    let broker: Mosquitto;
    let ports: Record<'tls' | 'mutual' | 'psk' | 'ws' | 'wss', number>;

    before('start mosquitto', async () => {
      directory = await mkdtemp(join(tmpdir(), 'tls-'));
      const file = async (name: string, content: string): Promise<string> => {
        await writeFile(join(directory, name), content);
        return join(directory, name);
      };
      ports = {
        tls: await freePort(),
        mutual: await freePort(),
        psk: await freePort(),
        ws: await freePort(),
        wss: await freePort(),
      };
      const tls = [`certfile ${await file('cert.pem', server.cert)}`, `keyfile ${await file('key.pem', server.key)}`];
      broker = await startMosquitto({
        config: [
          `listener 0 ${join(directory, 'broker.sock')}`,
          `listener ${ports.tls} 127.0.0.1`,
          ...tls,
          `listener ${ports.mutual} 127.0.0.1`,
          ...tls,
          `cafile ${await file('ca.pem', ca)}`,
          'require_certificate true',
          `listener ${ports.psk} 127.0.0.1`,
          `psk_file ${await file('psk', `${psk.identity}:${psk.key}\n`)}`,
          'psk_hint hint',
          `listener ${ports.ws} 127.0.0.1`,
          'protocol websockets',
          `listener ${ports.wss} 127.0.0.1`,
          'protocol websockets',
          ...tls,
        ],
      });
    });
    after('stop mosquitto', async () => {
      await broker.stop();
      await rm(directory, { recursive: true });
    });

    const exchange: Clients['exchange'] = (url, options) =>
      clients.exchange(url, { protocolVersion: 5, ...options }, SHORT);
    const tlsUrl = (kind: keyof typeof ports, scheme = 'mqtts') => `${scheme}://127.0.0.1:${ports[kind]}`;
    const refuse = (kind: keyof typeof ports, tls: TlsOptions, words: RegExp, secrets: string[] = []) =>
      clients.fail(tlsUrl(kind), { tls, protocolVersion: 5 }, { phase: 'tls', words, secrets });

    it('mqtts://', () => exchange(tlsUrl('tls'), { tls: { ca } }));
    it('ws://', () => exchange(tlsUrl('ws', 'ws')));
    it('ws:// with 3.1', () => exchange(tlsUrl('ws', 'ws'), { protocolVersion: 3 }));
    it('wss://', () => exchange(tlsUrl('wss', 'wss'), { tls: { ca } }));
    for (const scheme of ['unix', 'mqtt+unix']) {
      it(`${scheme}://`, () => exchange(`${scheme}://${directory}/broker.sock`));
    }

    it('mutual TLS', () => exchange(tlsUrl('mutual'), { tls: { ca, cert: device.cert, key: device.key } }));

    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      it(`mutual TLS is refused without a certificate, ${maxVersion}`, () =>
        refuse('mutual', { ca, maxVersion }, /asks? for a client certificate/));
      it(`mutual TLS is refused with one of another authority, ${maxVersion}`, () =>
        refuse(
          'mutual',
          { ca, maxVersion, cert: spy.cert, key: spy.key },
          /does not know the authority of the client certificate/,
        ));
    }

    it('M2: a key shared beforehand, as hex or as bytes', async () => {
      await exchange(tlsUrl('psk'), { tls: { psk } });
      await exchange(tlsUrl('psk'), { tls: { psk: { ...psk, key: Buffer.from(psk.key, 'hex') } } });
    });

    it('a wrong key, and an identity that it does not know', async () => {
      const key = 'fedcba9876543210';
      await refuse('psk', { psk: { ...psk, key } }, /another key for it/, [key]);
      await refuse('psk', { psk: { ...psk, identity: 'device-8' } }, /another 'tls\.psk'/, [psk.key]);
    });

    it('a server that should know the key and shows a certificate instead', () =>
      refuse('tls', { psk }, /found nothing to agree on|no TLS with/, [psk.key]));

    it('plain MQTT, and WebSocket, to a TLS port', async () => {
      const closed = { code: 'CONNECTION_CLOSED', phase: 'mqtt', words: /TLS/ } as const;
      await clients.fail(tlsUrl('tls', 'mqtt'), { protocolVersion: 5 }, closed);
      await clients.fail(tlsUrl('wss', 'ws'), {}, { phase: 'websocket', words: /wss:/ });
    });

    it('TLS, and WebSocket, to a plain port', async () => {
      const plain = `127.0.0.1:${broker.port}`;
      await clients.fail(`mqtts://${plain}`, {}, { phase: 'tls', words: /does that port speak TLS\? 1883/ });
      await clients.fail(`wss://${plain}`, {}, { phase: 'tls', words: /does that port speak TLS\? 1883/ });
      await clients.fail(`ws://${plain}`, {}, { phase: 'websocket', words: /1883 and 8883 are/ });
    });
  });
});
