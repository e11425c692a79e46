import { expect } from 'chai';
import { createPrivateKey } from 'node:crypto';
import type { TlsOptions as ServerTls } from 'node:tls';
import type { MqttOptions, TlsOptions } from '../../src/index.js';
import { startAedes } from '../support/aedes.js';
import { certificate, lockedKey, pkcs12 } from '../support/certificates.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { startClosingServer, startSilentServer, startTcpServer } from '../support/tcp-servers.js';
import { type TlsDoor, type Expected, closed, none, tlsDoor, transportClients, webSocketDoor } from './support.js';

const authority = certificate({ name: 'authority', authority: true });
const stranger = certificate({ name: 'stranger', authority: true });
const hosts = ['127.0.0.1', 'localhost'];
const server = certificate({ name: 'server', hosts, issuer: authority });
const device = certificate({ name: 'device', issuer: authority });
const passphrase = 'correct-horse-battery-staple';

const ca = authority.cert;
const good = { cert: server.cert, key: server.key };
/** Wants a certificate of the authority from its clients. */
const mutual: ServerTls = { ...good, ca, requestCert: true };

/** The wrong passphrase that unlocks rubbish: about one in 200 does. */
function unluckyPassphrase(key: string): TlsOptions {
  for (let n = 0; n < 10_000; n++) {
    const wrong = `wrong-${n}`;
    try {
      createPrivateKey({ key, passphrase: wrong });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_OSSL_UNSUPPORTED')
        return { cert: device.cert, key, passphrase: wrong };
    }
  }
  throw new Error('no wrong passphrase leaves valid padding');
}

describeWithoutLeaks('mqtts://', () => {
  const clients = transportClients();
  let door: TlsDoor | undefined;
  let url: string;

  afterEach(async () => {
    await door?.close();
    door = undefined;
  });

  async function serve(options: ServerTls = good): Promise<TlsDoor> {
    door = await tlsDoor(options);
    url = `mqtts://127.0.0.1:${door.port}`;
    return door;
  }
  const exchange = (tls: TlsOptions, scheme = 'mqtts:') => clients.exchange(url.replace('mqtts:', scheme), { tls });
  const refuse = (tls: TlsOptions, expected: Partial<Expected> & Pick<Expected, 'words'>) =>
    clients.fail(url, { tls }, { phase: 'tls', ...expected });

  for (const scheme of ['mqtts:', 'ssl:', 'tls:']) {
    it(`exchanges messages over ${scheme}//, with addresses`, async () => {
      const { port } = await serve();
      const client = await exchange({ ca }, scheme);
      expect(client.connection).to.include({ remoteAddress: `127.0.0.1:${port}` });
    });
  }

  it('M2: goes to port 8883 where the URL names none', async () => {
    await clients.fail('mqtts://127.0.0.1', {}, { phase: 'tcp', words: /127\.0\.0\.1:8883: nothing listens there/ });
  });

  describe('checks the certificate', () => {
    const bad: readonly (readonly [what: string, ServerTls, TlsOptions, RegExp, cause: string])[] = [
      [
        'expired',
        certificate({ hosts, issuer: authority, from: -3, until: -2 }),
        { ca },
        /has expired/,
        'CERT_HAS_EXPIRED',
      ],
      [
        'not valid yet',
        certificate({ hosts, issuer: authority, from: 1, until: 2 }),
        { ca },
        /not valid yet.*clock/,
        'CERT_NOT_YET_VALID',
      ],
      [
        'for another host',
        certificate({ hosts: ['broker.example', '10.1.2.3'], issuer: authority }),
        { ca },
        /is for DNS:broker\.example, IP Address:10\.1\.2\.3, not for 127\.0\.0\.1; 'tls\.servername'/,
        'ERR_TLS_CERT_ALTNAME_INVALID',
      ],
      [
        'of another authority than that in tls.ca [S148]',
        good,
        { ca: stranger.cert },
        /not signed by the authority in 'tls\.ca'; give the certificate of the authority that signed it/,
        'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      ],
      [
        'of an unknown authority, by default [S148]',
        good,
        {},
        /from an unknown authority; give the authority's certificate as 'tls\.ca'/,
        'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      ],
      [
        'self-signed [S148]',
        certificate({ hosts }),
        {},
        /is self-signed; to trust it, give that certificate as 'tls\.ca'/,
        'DEPTH_ZERO_SELF_SIGNED_CERT',
      ],
      [
        'self-signed, and not the one in tls.ca [S148]',
        certificate({ hosts }),
        { ca: stranger.cert },
        /self-signed, and is not the certificate in 'tls\.ca'/,
        'DEPTH_ZERO_SELF_SIGNED_CERT',
      ],
      [
        'with an unknown authority beside it',
        { ...good, cert: server.cert + authority.cert },
        {},
        /unknown authority.*'tls\.ca'/,
        'SELF_SIGNED_CERT_IN_CHAIN',
      ],
    ];
    for (const [what, { cert, key }, tls, words, code] of bad) {
      it(what, async () => {
        await serve({ cert, key });
        const error = await refuse(tls, { words });
        expect(error.cause).to.include({ code });
        expect(error.retryable).to.equal(true);
      });
    }

    it('takes a self-signed one that is given as ca, also among others, also as bytes', async () => {
      const own = certificate({ hosts });
      await serve(own);
      await exchange({ ca: own.cert });
      await exchange({ ca: [stranger.cert, Buffer.from(own.cert)] });
    });

    it('takes anything only when it is told to', async () => {
      await serve(certificate({ hosts: ['elsewhere'], until: -1, from: -2 }));
      await exchange({ rejectUnauthorized: false });
    });
  });

  it('P7: checks the name servername, and asks for it, where the address is another', async () => {
    const { sockets } = await serve(certificate({ hosts: ['broker.example'], issuer: authority }));
    await exchange({ ca, servername: 'broker.example' });
    expect(sockets.at(-1)).to.include({ servername: 'broker.example' });
    await refuse({ ca, servername: 'other.example' }, { words: /is for DNS:broker\.example, not for other\.example/ });
  });

  it('asks for the name of the URL, but not for an address', async () => {
    const { sockets } = await serve();
    await exchange({ ca });
    expect(sockets.at(-1)).to.include({ servername: false });
    url = url.replace('127.0.0.1', 'localhost');
    await exchange({ ca });
    expect(sockets.at(-1)).to.include({ servername: 'localhost' });
  });

  describe('mutual TLS', () => {
    it('with cert and key', async () => {
      const { sockets } = await serve(mutual);
      await exchange({ ca, cert: device.cert, key: device.key });
      expect(sockets.at(-1)?.getPeerCertificate().subject).to.include({ CN: 'device' });
    });

    it('with a locked key and its passphrase', async () => {
      await serve(mutual);
      await exchange({ ca, cert: device.cert, key: lockedKey(device, passphrase), passphrase });
    });

    it('with both in one file', async () => {
      await serve(mutual);
      await exchange({ ca, pfx: pkcs12(device) });
    });

    it('is refused with one of another authority, by a server that just hangs up', async () => {
      await serve({ ...mutual, maxVersion: 'TLSv1.2' });
      const spy = certificate({ name: 'spy', issuer: stranger });
      await refuse(
        { ca, cert: spy.cert, key: spy.key },
        { words: /perhaps it does not accept the client certificate/ },
      );
    });

    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      it(`is refused without a certificate, ${maxVersion}`, async () => {
        await serve({ ...mutual, maxVersion });
        await refuse({ ca }, { words: /asks? for a client certificate/ });
      });
    }
  });

  describe('options that cannot be right: INVALID_ARGUMENT, nothing is opened, nothing told', () => {
    const other = certificate();
    const locked = lockedKey(device, passphrase);
    const bad: readonly (readonly [what: string, TlsOptions, subject: string])[] = [
      ['the key of another certificate', { cert: device.cert, key: other.key }, 'tls.key'],
      ['a wrong passphrase', { cert: device.cert, key: locked, passphrase: `${passphrase}!` }, 'tls.passphrase'],
      ['a wrong passphrase that leaves valid padding', unluckyPassphrase(locked), 'tls.passphrase'],
      ['no passphrase', { cert: device.cert, key: locked }, 'tls.passphrase'],
      ['no PEM inside', { ca: '-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----' }, 'tls.ca'],
      ['rubbish as PKCS #12', { pfx: Buffer.from('rubbish') }, 'tls'],
      ['unknown ciphers', { ciphers: 'ROT13' }, 'tls.ciphers'],
    ];
    for (const [what, tls, subject] of bad) {
      it(what, async () => {
        await serve();
        const secrets = [passphrase, locked.slice(40, 80), other.key.slice(40, 80)];
        const error = await refuse(tls, {
          code: 'INVALID_ARGUMENT',
          words: new RegExp(`option '${subject}'`),
          secrets,
        });
        expect(error).to.include({ subject, retryable: false });
        expect(door?.connections()).to.equal(0);
      });
    }

    it('tls for a URL that is not encrypted', async () => {
      await serve();
      const plain = url.replace('mqtts:', 'mqtt:');
      await clients.fail(
        plain,
        { tls: { ca } },
        { code: 'INVALID_ARGUMENT', words: /mqtt:\/\/ is not encrypted.*mqtts:/ },
      );
    });
  });

  it('I1: agrees on a protocol by ALPN', async () => {
    const { sockets } = await serve({ ...good, ALPNProtocols: ['http/1.1', 'x-amzn-mqtt-ca'] });
    await exchange({ ca, alpn: ['x-amzn-mqtt-ca'] });
    expect(sockets.at(-1)).to.include({ alpnProtocol: 'x-amzn-mqtt-ca' });
    await refuse({ ca, alpn: ['mqtt'] }, { words: /none of the protocols in 'tls\.alpn'/ });
  });

  it('keeps to the versions of TLS that are allowed', async () => {
    const { sockets } = await serve({ ...good, maxVersion: 'TLSv1.2' });
    await exchange({ ca, minVersion: 'TLSv1.2' });
    await refuse({ ca, minVersion: 'TLSv1.3' }, { words: /versions? of TLS.*'tls\.minVersion'/ });
    expect(sockets).to.have.length(1);
  });

  it('keeps to the ciphers that are allowed', async () => {
    const { sockets } = await serve();
    await exchange({ ca, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' });
    expect(sockets.at(-1)?.getProtocol()).to.equal('TLSv1.2');
    expect(sockets.at(-1)?.getCipher().name).to.equal('ECDHE-ECDSA-AES128-GCM-SHA256');
  });

  describe('a mistake with a name', () => {
    const mistakes: readonly (readonly [
      what: string,
      start: () => Promise<{ port: number; close(): Promise<void> }>,
      scheme: string,
      options: MqttOptions,
      Expected,
    ])[] = [
      [
        'TLS to a plain broker',
        startAedes,
        'mqtts:',
        {},
        { phase: 'tls', words: /does that port speak TLS\? 1883|no connection within/ },
      ],
      [
        'TLS to a port that hangs up',
        startClosingServer,
        'mqtts:',
        {},
        { phase: 'tls', words: /does that port speak TLS\? 1883/ },
      ],
      [
        'TLS to an HTTP server',
        () => webSocketDoor(),
        'mqtts:',
        {},
        { phase: 'tls', words: /does not speak TLS; 1883/ },
      ],
      [
        'TLS to a port that says nothing',
        startSilentServer,
        'mqtts:',
        { connectTimeout: 50 },
        { code: 'CONNECT_TIMEOUT', phase: 'tls', words: /does that port speak TLS/ },
      ],
      [
        'plain MQTT to a TLS port',
        () => tlsDoor(good),
        'mqtt:',
        {},
        { code: 'CONNECTION_CLOSED', phase: 'mqtt', words: /TLS/ },
      ],
      [
        'plain MQTT to an HTTP server',
        () => webSocketDoor(),
        'mqtt:',
        {},
        { phase: 'mqtt', words: /speaks HTTP: use ws:/ },
      ],
    ];
    for (const [what, start, scheme, options, expected] of mistakes) {
      it(what, async () => {
        const other = await start();
        try {
          await clients.fail(`${scheme}//127.0.0.1:${other.port}`, { connectTimeout: 2000, ...options }, expected);
        } finally {
          await other.close();
        }
      });
    }

    it('plain MQTT to a TLS server that answers with an alert', async () => {
      const other = await startTcpServer(socket => socket.end(Uint8Array.of(0x15, 3, 3, 0, 2, 2, 70)).resume());
      await clients.fail(other.url, {}, { phase: 'mqtt', words: /speaks TLS: use mqtts:/ });
      await other.close();
    });
  });

  it('leaves no socket behind when it is given up in the middle of the handshake', async () => {
    const silent = await startTcpServer(socket => socket.resume());
    const client = clients(`mqtts://127.0.0.1:${silent.port}`);
    const connecting = client.connect().subscribe({ error: () => undefined });
    while (silent.connections() === 0) await new Promise(resolve => setImmediate(resolve));
    await closed(client);
    await none(silent);
    expect(client.connection).to.deep.equal({ status: 'closed' });
    connecting.unsubscribe();
    await silent.close();
  });
});
