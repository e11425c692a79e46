import type { TlsOptions as ServerTls } from 'node:tls';
import { expect } from 'chai';
import { fromConfig } from '../../src/index.js';
import { certificate } from '../support/certificates.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { type TlsDoor, tlsDoor, transportClients } from '../transport/support.js';

const authority = certificate({ name: 'authority', authority: true });
const stranger = certificate({ name: 'stranger', authority: true });
const own = certificate({ name: 'server', hosts: ['127.0.0.1'], issuer: authority });
const device = certificate({ name: 'device', issuer: authority });
const ssl_ca_cert = authority.cert;

describeWithoutLeaks('a configuration of Mongoose OS, against a broker behind TLS', () => {
  const clients = transportClients();
  let door: TlsDoor;
  const open = async (options: ServerTls) => {
    door = await tlsDoor({ cert: own.cert, key: own.key, ...options });
  };
  afterEach(() => door.close());

  /** What of the configuration is about TLS. */
  const exchange = async (config: object) => {
    const { url, options } = fromConfig({ server: `127.0.0.1:${door.port}`, ...config })!;
    expect(url).to.equal(`mqtts://127.0.0.1:${door.port}`);
    await clients.exchange(url as string, options);
    return door.sockets.at(-1)!;
  };
  const refuse = (config: object, words: RegExp, phase?: 'tls' | 'mqtt') => {
    const { url, options } = fromConfig({ server: `127.0.0.1:${door.port}`, ...config })!;
    return clients.fail(url as string, options, { phase: phase ?? 'tls', words });
  };

  it('M1, M2: ssl_ca_cert is whom to trust, and nobody else', async () => {
    await open({});
    await exchange({ ssl_ca_cert });
    await refuse({ ssl_ca_cert: stranger.cert }, /authority|self-signed|issuer/);
  });

  it('M1, M2: ssl_cert and ssl_key are shown to a broker that wants them', async () => {
    await open({ requestCert: true, ca: authority.cert });
    const socket = await exchange({ ssl_ca_cert, ssl_cert: device.cert, ssl_key: device.key });
    expect(socket.getPeerCertificate().subject.CN).to.equal('device');
    expect(socket.authorized).to.equal(true);
  });

  it('M1, M2: ssl_cipher_suites, by the names of mbed TLS, are all that is offered', async () => {
    await open({ maxVersion: 'TLSv1.2' });
    const socket = await exchange({
      ssl_ca_cert,
      ssl_cipher_suites: 'TLS-ECDHE-ECDSA-WITH-CHACHA20-POLY1305-SHA256',
    });
    expect(socket.getCipher().name).to.equal('ECDHE-ECDSA-CHACHA20-POLY1305');
  });

  it('M1, M2: ssl_psk_identity and ssl_psk_key instead of certificates', async () => {
    const seen: string[] = [];
    await open({
      maxVersion: 'TLSv1.2',
      ciphers: 'PSK',
      pskCallback: (_, identity) => {
        seen.push(identity);
        return Buffer.from('00112233445566778899aabbccddeeff', 'hex');
      },
    });
    const config = { ssl_psk_identity: 'device-7', ssl_psk_key: '00112233445566778899aabbccddeeff' };
    await exchange(config);
    const socket = await exchange({ ...config, ssl_cipher_suites: 'TLS-PSK-WITH-AES-128-GCM-SHA256' });
    expect(socket.getCipher().name).to.equal('PSK-AES128-GCM-SHA256');
    expect(seen).to.deep.equal(['device-7', 'device-7']);
  });
});
