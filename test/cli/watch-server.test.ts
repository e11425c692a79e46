import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { expect } from 'chai';
import { Subject, type Subscription, firstValueFrom, of, throwError } from 'rxjs';
import { WebSocket } from 'ws';
import { startWatch } from '../../src/cli/watch/index.js';
import { MqttError } from '../../src/index.js';
import type { TraceEvent } from '../../src/trace/index.js';
import { closeServer, listen } from '../support/ports.js';
import { publish, start } from '../support/trace-events.js';

const connected: TraceEvent = { type: 'state', at: 5, status: 'connected', url: 'mqtt://broker.example' };

describe('the server of watch', () => {
  let trace$: Subject<TraceEvent>;
  let url: URL;
  let watching: Subscription;
  const opened: WebSocket[] = [];

  beforeEach(async () => {
    trace$ = new Subject();
    url = await new Promise(resolve => {
      watching = startWatch(trace$).subscribe(watch => resolve(new URL(watch.url)));
    });
  });
  afterEach(() => {
    watching.unsubscribe();
    for (const socket of opened.splice(0)) socket.terminate();
  });

  /** The answer to a request, with other headers than a browser would send. */
  const get = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const made = request({
      host: '127.0.0.1',
      port: url.port,
      path,
      method,
      headers: { host: url.host, ...headers },
    }).end();
    const [response] = (await once(made, 'response')) as [IncomingMessage];
    let body = '';
    for await (const chunk of response.setEncoding('utf8')) body += chunk as string;
    return { status: response.statusCode, headers: response.headers, body };
  };

  /** A page: its WebSocket, and the events that it has got. */
  const open = (headers: Record<string, string> = { origin: url.origin }, at = url) => {
    const socket = new WebSocket(new URL('trace', at).href.replace('http', 'ws'), { headers });
    opened.push(socket);
    const events: TraceEvent[] = [];
    let bytes = 0;
    socket.on('message', (data: Buffer) => {
      bytes += data.length;
      for (const line of data.toString().trimEnd().split('\n')) events.push(JSON.parse(line) as TraceEvent);
      socket.emit('events');
    });
    const reached = async (test: (event: TraceEvent) => boolean) => {
      while (!events.some(test)) await once(socket, 'events');
    };
    return { socket, events, reached, bytes: () => bytes };
  };

  const refusal = async (socket: WebSocket): Promise<string> => {
    const [error] = (await once(socket, 'error')) as [Error];
    return error.message;
  };

  it('is on the loopback, at a URL that cannot be guessed', () => {
    expect(url.protocol).to.equal('http:');
    expect(url.hostname).to.equal('127.0.0.1');
    expect(url.pathname).to.match(/^\/[\w-]{32}\/$/);
  });

  it('answers with a page that may load its script and open its WebSocket only', async () => {
    const { status, headers, body } = await get(url.pathname);
    expect(status).to.equal(200);
    expect(body).to.contain('<script type="module" src="page.js">');
    expect(headers['content-security-policy']).to.match(/^default-src 'none'; script-src 'self'; connect-src ws:/);
    expect(headers).to.include({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
  });

  it('refuses requests without the token, of another host, and from other sites', async () => {
    const token = url.pathname;
    const statuses = await Promise.all([
      get('/'),
      get('/page.js'),
      get(`/${'A'.repeat(token.length - 2)}/`),
      get(token, { host: `rebound.example:${url.port}` }),
      get(token, { host: '127.0.0.1:1' }),
      get(token, { 'sec-fetch-site': 'cross-site' }),
      get(token, { 'sec-fetch-site': 'same-site' }),
    ]);
    expect(statuses.map(({ status }) => status)).to.deep.equal([403, 403, 403, 403, 403, 403, 403]);
    expect(statuses.map(({ body }) => body).join()).not.to.contain(token.slice(1, -1));
    expect((await get(token, { 'sec-fetch-site': 'none' })).status).to.equal(200);
    expect((await get(token, { host: `localhost:${url.port}` })).status).to.equal(200);
    expect((await get(`${token}other`)).status).to.equal(404);
    expect((await get(token, {}, 'POST')).status).to.equal(405);
  });

  it('refuses WebSockets of other pages, of other hosts, and without the token', async () => {
    const wrong = new URL('/other/', url);
    const sockets = [
      open({ origin: 'https://elsewhere.example' }),
      open({}),
      open({ origin: `http://rebound.example:${url.port}`, host: `rebound.example:${url.port}` }),
      open({ origin: url.origin }, wrong),
    ];
    const refusals = await Promise.all(sockets.map(({ socket }) => refusal(socket)));
    expect(new Set(refusals)).to.deep.equal(new Set(['Unexpected server response: 403']));
  });

  it('gives each page the events as they come', async () => {
    const pages = [open(), open()];
    await Promise.all(pages.map(({ socket }) => once(socket, 'open')));
    const given = [start, connected, publish(10, 'a', '1')];
    for (const event of given) trace$.next(event);
    for (const { reached, events } of pages) {
      await reached(({ at }) => at === 10);
      expect(events).to.deep.equal(given);
    }
  });

  it('gives a page that is opened later the last minute, and the last values from before', async () => {
    trace$.next(start);
    trace$.next(connected);
    for (let i = 0; i < 100; i++) trace$.next(publish(100 + i, `old/${i % 2}`, String(i)));
    const recent = [publish(99_000, 'a', 'x'), publish(99_500, 'a', 'y')];
    for (const event of recent) trace$.next(event);
    const { reached, events } = open();
    await reached(({ at }) => at === 99_500);
    expect(events).to.deep.equal([
      start,
      connected,
      publish(198, 'old/0', '98'),
      publish(199, 'old/1', '99'),
      ...recent,
    ]);
  });

  it('gives a page that does not read a summary, and holds no more for it than that', async function () {
    this.timeout(30_000);
    const page = open();
    await once(page.socket, 'open');
    trace$.next(start);
    await page.reached(({ type }) => type === 'trace');
    page.socket.pause();
    const text = 'x'.repeat(100_000);
    const emitted = 1_000;
    for (let i = 1; i <= emitted; i++) {
      trace$.next(publish(i, `large/${i % 3}`, `${i} ${text}`));
      // lets the server write, as between two chunks of a broker
      if (i % 10 === 0) await new Promise(resolve => setImmediate(resolve));
    }
    page.socket.resume();
    await page.reached(event => event.type === 'warning');
    const warning = page.events.find(event => event.type === 'warning')!;
    expect(warning).to.include({ code: 'EVENTS_MISSING', at: emitted });
    const lastOf = (topic: string) =>
      page.events.filter(event => event.type === 'packet' && event.packet.topic === topic).at(-1)?.at;
    expect([0, 1, 2].map(i => lastOf(`large/${i}`))).to.deep.equal([999, 1_000, 998]);
    // What the kernel buffers comes on top of the 16 MiB that may wait, and of the summary.
    expect(page.bytes()).to.be.below(40 * 1024 * 1024);
    const [, missing] = /so (\d+) events are missing/.exec(warning.type === 'warning' ? warning.message : '')!;
    const packets = page.events.filter(({ type }) => type === 'packet').length;
    expect(Number(missing)).to.equal(emitted - packets);
    trace$.next(publish(emitted + 1, 'small', 'again'));
    await page.reached(({ at }) => at === emitted + 1);
  });

  it('closes its pages when it is unsubscribed, and unsubscribes from the trace', async () => {
    const { socket } = open();
    await once(socket, 'open');
    expect(trace$.observed).to.equal(true);
    watching.unsubscribe();
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).to.equal(1000);
    expect(trace$.observed).to.equal(false);
    const refused = request({ host: '127.0.0.1', port: url.port }).end();
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).to.equal('ECONNREFUSED');
  });

  it('stays when the trace completes, and errors when it errors', async () => {
    trace$.next(start);
    trace$.complete();
    expect((await get(url.pathname)).status).to.equal(200);
    const failing$ = startWatch(throwError(() => new Error('no recorder')));
    const error = await firstValueFrom(failing$).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('message', 'no recorder');
  });

  it('says which port is in use', async () => {
    const server = createServer();
    await listen(server);
    const { port } = server.address() as AddressInfo;
    const error = await firstValueFrom(startWatch(of(start), { port })).catch((thrown: unknown) => thrown);
    expect(MqttError.is(error, 'INVALID_ARGUMENT')).to.equal(true);
    expect(String(error)).to.contain(`port ${port} of 127.0.0.1 is in use`);
    await closeServer(server);
  });
});
