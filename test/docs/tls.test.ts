import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { renewable, trusting, withSharedKey } from '../../examples/recipes/tls.js';
import { type MqttClient, type MqttError, type MqttOptions, mqtt } from '../../src/index.js';
import { closed, connected, inState, quick } from '../broker/support.js';
import { startAedes } from '../support/aedes.js';
import { certificate } from '../support/certificates.js';
import { type Mosquitto, describeMosquitto, startMosquitto } from '../support/mosquitto.js';
import { root } from './blocks.js';

const page = readFileSync(join(root, 'docs/tls.md'), 'utf8');
const example = readFileSync(join(root, 'examples/recipes/tls.ts'), 'utf8').replace('./library.js', 'rxjs-mqtt');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, code]) => code!);

describe('docs/tls.md', () => {
  it('shows the example as it is', () => {
    expect(blocks('ts')).to.deep.equal([example]);
  });
});

describeMosquitto('docs/tls.md, done as it says', () => {
  let folder: string;
  let clients: MqttClient[] = [];
  const brokers: Mosquitto[] = [];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tls-'));
    execFileSync('bash', ['-euc', blocks('sh').join('\n')], { cwd: folder, stdio: 'pipe' });
  });
  afterEach(async () => {
    await Promise.all(clients.map(closed));
    clients = [];
    await Promise.all(brokers.splice(0).map(broker => broker.stop()));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const file = (name: string) => readFileSync(join(folder, name));

  /** A mosquitto with the listener of the page, in which some lines are others; its port. */
  async function broker(change: Readonly<Record<string, string>> = {}, more: readonly string[] = []): Promise<number> {
    const lines = blocks('conf')[0]!
      .trim()
      .split('\n')
      .filter(line => !line.startsWith('listener'))
      .map(line => {
        const [key = '', value = ''] = line.split(' ');
        return key.endsWith('file') ? `${key} ${join(folder, change[key] ?? value)}` : line;
      });
    return listen([...lines, ...more]);
  }

  async function listen(config: readonly string[]): Promise<number> {
    const started = await startMosquitto({ config });
    brokers.push(started);
    return started.port;
  }

  const kept = (client: MqttClient): MqttClient => (clients.push(client), client);
  const makes = async (client: MqttClient) => expect((await connected(kept(client))).reasonCode).to.equal(0);

  /** The error of the first attempt. */
  async function fails(url: string, options: MqttOptions): Promise<MqttError> {
    const client = kept(mqtt(url, { ...quick, ...options }));
    client.connect().subscribe({ error: () => undefined });
    const { error } = await inState(client, 'reconnecting');
    return error;
  }

  it('an authority of your own', async () => {
    await makes(await trusting(`mqtts://localhost:${await broker()}`, join(folder, 'ca.crt')));
  });

  it('mutual TLS, with files that are read for each attempt', async () => {
    const port = await broker({}, ['require_certificate true', 'use_identity_as_username true']);
    const client = kept(renewable(`mqtts://localhost:${port}`, folder));
    await makes(client);
    expect(brokers[0]!.log()).to.match(/New client connected .*u'kitchen'/);
  });

  it('a shared key', async () => {
    const [identity = '', key = ''] = file('keys.psk').toString().trim().split(':');
    const port = await listen(['psk_hint broker', `psk_file ${join(folder, 'keys.psk')}`]);
    await makes(withSharedKey(`mqtts://localhost:${port}`, identity, key));
  });

  it('a self-signed certificate is its own authority', async () => {
    const port = await broker({ certfile: 'self.crt', keyfile: 'self.key', cafile: 'self.crt' });
    await makes(mqtt(`mqtts://localhost:${port}`, { tls: { ca: file('self.crt') } }));
  });

  it('two authorities, while one takes the place of the other', async () => {
    const ca = [certificate({ name: 'Old CA', authority: true }).cert, file('ca.crt')];
    await makes(mqtt(`mqtts://localhost:${await broker()}`, { tls: { ca } }));
  });

  describe('what each failure looks like', () => {
    const ca = () => file('ca.crt');
    const failures: readonly (readonly [code: string, fail: () => Promise<MqttError>, words?: RegExp])[] = [
      [
        'SELF_SIGNED_CERT_IN_CHAIN',
        async () => fails(`mqtts://localhost:${await broker()}`, {}),
        /from an unknown authority; give the authority's certificate as 'tls\.ca'/,
      ],
      [
        'SELF_SIGNED_CERT_IN_CHAIN',
        async () => {
          const ca = certificate({ name: 'Other CA', authority: true }).cert;
          return fails(`mqtts://localhost:${await broker()}`, { tls: { ca } });
        },
        /not signed by the authority in 'tls\.ca'/,
      ],
      [
        'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
        async () => {
          const port = await listen([
            `certfile ${join(folder, 'server.crt')}`,
            `keyfile ${join(folder, 'server.key')}`,
          ]);
          return fails(`mqtts://localhost:${port}`, {});
        },
      ],
      [
        'DEPTH_ZERO_SELF_SIGNED_CERT',
        async () => {
          const port = await broker({ certfile: 'self.crt', keyfile: 'self.key', cafile: 'self.crt' });
          return fails(`mqtts://localhost:${port}`, {});
        },
      ],
      [
        'CERT_SIGNATURE_FAILURE',
        async () => {
          const impostor = certificate({ name: 'Example CA', authority: true }).cert;
          return fails(`mqtts://localhost:${await broker()}`, { tls: { ca: impostor } });
        },
        /the name of the one in 'tls\.ca', but with another key/,
      ],
      [
        'ERR_TLS_CERT_ALTNAME_INVALID',
        async () => fails(`mqtts://localhost:${await broker()}`, { tls: { ca: ca(), servername: 'other.example' } }),
      ],
      [
        'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
        async () => fails(`mqtts://localhost:${await broker({}, ['require_certificate true'])}`, { tls: { ca: ca() } }),
      ],
      [
        'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
        async () => {
          const { cert, key } = certificate({ name: 'kitchen' });
          const port = await broker({}, ['require_certificate true']);
          return fails(`mqtts://localhost:${port}`, { tls: { ca: ca(), cert, key } });
        },
      ],
    ];

    for (const [code, fail, words] of failures) {
      it(words === undefined ? code : `${code}: ${words.source} [S148]`, async () => {
        expect(page).to.contain(`\`${code}\``);
        const error = await fail();
        expect(error).to.include({ code: 'CONNECTION_FAILED', phase: 'tls' });
        expect(error.message).to.match(new RegExp(`\\(${code}\\)$`));
        expect((error.cause as NodeJS.ErrnoException).code).to.equal(code);
        if (words !== undefined) expect(error.message).to.match(words);
      });
    }

    it('ECONNRESET', async () => {
      const aedes = await startAedes();
      try {
        const error = await fails(aedes.url.replace('mqtt:', 'mqtts:'), {});
        expect(error).to.include({ code: 'CONNECTION_FAILED', phase: 'tls' });
        expect(error.message).to.match(/\((ECONNRESET|ERR_SSL_WRONG_VERSION_NUMBER)\)$|hung up/);
      } finally {
        await aedes.close();
      }
    });
  });
});
