import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { fromConfig } from '../../src/index.js';
import { browserBundle } from '../support/browser-bundle.js';
import { refusal } from './checks/refusals.js';

const pem = (what: string) => `-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`;
const ca = pem('CERTIFICATE');
const cert = `${pem('CERTIFICATE')}${pem('CERTIFICATE')}`;
const key = pem('PRIVATE KEY');

describe('files that a configuration names [S157]', () => {
  let baseDir: string;
  before(() => {
    baseDir = mkdtempSync(join(tmpdir(), 'from-config-'));
    mkdirSync(join(baseDir, 'certs'));
    writeFileSync(join(baseDir, 'ca.pem'), ca);
    writeFileSync(join(baseDir, 'certs', 'device.crt'), cert);
    writeFileSync(join(baseDir, 'certs', 'device.key'), key);
    writeFileSync(join(baseDir, 'broken.key'), 'S3CRET');
  });
  after(() => rmSync(baseDir, { recursive: true }));

  const server = 'h';
  const files = { ssl_ca_cert: 'ca.pem', ssl_cert: 'certs/device.crt', ssl_key: 'certs/device.key' };
  const tlsOf = (config: object, dir: string | undefined = baseDir) =>
    fromConfig({ server, ...config }, dir === undefined ? {} : { baseDir: dir })!.options.tls;
  const refused = (config: object, dir = baseDir) => refusal(() => fromConfig({ server, ...config }, { baseDir: dir }));

  it('M1: ssl_ca_cert, ssl_cert and ssl_key are read, relative to baseDir', () => {
    expect(tlsOf(files)).to.deep.equal({ ca, cert, key });
    expect(fromConfig({ server, ...files }, { baseDir })!.url).to.equal('mqtts://h');
  });

  it('M1: without baseDir they are relative to the working directory; an absolute name is what it says', () => {
    const fromHere = relative(process.cwd(), join(baseDir, 'ca.pem'));
    expect(fromConfig({ server, ssl_ca_cert: fromHere })!.options.tls).to.deep.equal({ ca });
    expect(tlsOf({ ssl_ca_cert: join(baseDir, 'ca.pem') }, '/elsewhere')).to.deep.equal({ ca });
  });

  it('M1: PEM text and bytes are taken as they are, and an empty name is none', () => {
    const bytes = new TextEncoder().encode(ca);
    expect(tlsOf({ ssl_ca_cert: ca })).to.deep.equal({ ca });
    expect(tlsOf({ ssl_ca_cert: bytes })).to.deep.equal({ ca: bytes });
    expect(tlsOf({ ssl_ca_cert: 'ca.pem', ssl_cert: '', ssl_key: null })).to.deep.equal({ ca });
  });

  it('a file that is not there is an error that names key, file and directory', () => {
    const error = refused({ ...files, ssl_key: 'gone.key' });
    expect(error.subject).to.equal('ssl_key');
    expect(error.message).to.equal(
      `option 'ssl_key' names a file that cannot be read ('gone.key', ENOENT): names are relative to 'baseDir', '${baseDir}'`,
    );
    expect(refused({ ssl_ca_cert: 'certs' }).message).to.include('EISDIR');
    expect(refusal(() => fromConfig({ server, ssl_ca_cert: 'gone.pem' })).message).to.include('the working directory');
  });

  it('a file without PEM text is an error that shows nothing of it', () => {
    const error = refused({ ...files, ssl_key: 'broken.key' });
    expect(error.subject).to.equal('ssl_key');
    expect(error.message).to.include("'broken.key'").and.not.include('S3CRET');
  });

  it('text that looks like no name is not shown: it may be a key without its first line', () => {
    for (const text of ['MC4CAQAwBQYDK2VwBCIEIS3CRET/', 'MIIB\nS3CRET.pem', `S3CRET${'x'.repeat(300)}.pem`]) {
      const { message, subject, cause } = refused({ ssl_key: text, ssl_cert: cert });
      expect(subject).to.equal('ssl_key');
      expect(message).to.include(`${text.length} characters`).and.not.include('S3CRET');
      expect(cause).to.equal(undefined);
    }
  });

  it("the '*' of Mongoose OS, by which no certificate is checked, has to be said in words", () => {
    expect(refused({ ssl_ca_cert: '*' }).message).to.include("set 'tls.rejectUnauthorized' to false");
    expect(tlsOf({ tls: { rejectUnauthorized: false } })).to.deep.equal({ rejectUnauthorized: false });
  });

  it('no file is read where the configuration says enable: false', () => {
    expect(fromConfig({ server, enable: false, ssl_ca_cert: 'gone.pem', ssl_cert: 'gone.crt' })).to.equal(undefined);
  });

  it('the names in our own option tls are no files', () => {
    expect(refused({ tls: { ca: 'ca.pem' } }).subject).to.equal('tls.ca');
  });

  it('baseDir is a string', () => {
    const error = refusal(() => fromConfig({ server }, { baseDir: 7 as never }));
    expect(error).to.include({ subject: 'baseDir' });
    expect(error.message).to.include('a number');
  });

  it('in browsers a name of a file is an error that asks for the text', async () => {
    const program = `
      import { fromConfig } from './src/index.ts';
      globalThis.ask = config => {
        try { return JSON.stringify(fromConfig(config)); } catch ({ code, subject, message }) { return [code, subject, message].join(' | '); }
      };`;
    const context: { ask?: (config: object) => string; URL: unknown } = { URL };
    runInNewContext(await browserBundle(program), context);
    expect(context.ask!({ server, ssl_ca_cert: 'ca.pem' })).to.equal(
      "INVALID_ARGUMENT | ssl_ca_cert | option 'ssl_ca_cert' names a file ('ca.pem'), which this platform cannot read: give its PEM text",
    );
    expect(JSON.parse(context.ask!({ server, ssl_ca_cert: ca }))).to.deep.equal({
      url: 'mqtts://h',
      options: { tls: { ca } },
    });
  });
});
