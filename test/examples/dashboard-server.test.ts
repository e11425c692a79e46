import { expect } from 'chai';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { type Web, startWeb } from '../../examples/angular-dashboard/server/web.js';

describe('examples/angular-dashboard: the server', () => {
  let folder: string;
  let web: Web;
  let links: number;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dashboard-'));
    await writeFile(join(folder, 'index.html'), 'the page');
    links = 0;
    const broker = {
      url: '',
      handle: () => {
        links++;
      },
      unplug: () => undefined,
      close: async () => undefined,
    };
    web = await startWeb(folder, broker, 0);
  });
  afterEach(async () => {
    await web.close();
    await rm(folder, { recursive: true });
  });

  /** What the server answers to these bytes; it is asked to close. */
  async function raw(request: string, cutOff = false): Promise<string> {
    const socket = connect(Number(new URL(web.url).port), '127.0.0.1');
    await once(socket, 'connect');
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    if (cutOff) {
      socket.write(request, () => socket.resetAndDestroy());
      await once(socket, 'close');
      return answer;
    }
    socket.write(request);
    await once(socket, 'end');
    socket.end();
    return answer;
  }

  const isThere = async () => expect(await (await fetch(web.url)).text()).to.equal('the page');
  const get = (path: string) => raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const put = (body: string, more = '') =>
    raw(
      `PUT /network HTTP/1.1\r\nHost: x\r\n${more}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );

  it('gives the page, whatever was asked for before', async () => {
    await isThere();
    for (const path of ['//[', '/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/index.html/..', '//', '/\\..\\..'])
      expect(await get(path), path).to.match(/^HTTP\/1\.1 404 /);
    await isThere();
  });

  it('survives a request that is cut off in its body', async () => {
    await raw('PUT /network HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"up"', true);
    await isThere();
  });

  it('refuses a body that is too long, and switches nothing', async () => {
    expect(await put(`{"up":false}${' '.repeat(2000)}`)).to.match(/^HTTP\/1\.1 413 /);
    expect(await (await fetch(`${web.url}network`)).json()).to.deep.equal({ up: true });
  });

  it('lets no page of another origin switch the network or open a link', async () => {
    expect(await put('{"up":false}', 'Origin: http://evil.example\r\n')).to.match(/^HTTP\/1\.1 403 /);
    expect(await put('{"up":false}', 'Origin: null\r\n')).to.match(/^HTTP\/1\.1 403 /);
    expect(await put('{"up":false}', `Origin: ${new URL(web.url).origin}\r\n`)).to.match(/^HTTP\/1\.1 200 /);
    expect(await put('{"up":true}')).to.match(/^HTTP\/1\.1 200 /);
    expect(await upgrade('http://evil.example')).to.equal(403);
    expect(links).to.equal(0);
    expect(await upgrade(new URL(web.url).origin)).to.equal('open');
    expect(await upgrade(undefined)).to.equal('open');
    expect(links).to.equal(2);
  });

  it('answers 503 while the network is off', async () => {
    await put('{"up":false}');
    expect(await upgrade(undefined)).to.equal(503);
  });

  async function upgrade(origin: string | undefined): Promise<number | 'open'> {
    const socket = new WebSocket(
      `${web.url.replace('http', 'ws')}mqtt`,
      'mqtt',
      origin === undefined ? {} : { origin },
    );
    socket.on('error', () => undefined);
    const answer = await new Promise<number | 'open'>(resolve => {
      socket.on('open', () => resolve('open'));
      socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode!));
    });
    socket.terminate();
    return answer;
  }
});
