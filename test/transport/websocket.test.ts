import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  type SchedulerAction,
  type SchedulerLike,
  type Subscription,
  asyncScheduler,
  firstValueFrom,
  repeat,
} from 'rxjs';
import type { Link } from '../../src/index.js';
import { defaultTransports } from '../../src/transport/node/default.js';
import { startAedes } from '../support/aedes.js';
import { certificate } from '../support/certificates.js';
import { CuttableServer } from '../support/cuttable-server.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { startSilentServer, startTcpServer } from '../support/tcp-servers.js';
import { failure, inState } from '../broker/support.js';
import { type Expected, type WebSocketDoor, closed, none, transportClients, webSocketDoor } from './support.js';

const MIB = 1024 * 1024;
const authority = certificate({ name: 'authority', authority: true });
const { cert, key } = certificate({ hosts: ['127.0.0.1'], issuer: authority });
const ca = authority.cert;

describeWithoutLeaks('ws:// and wss:// in Node', () => {
  const clients = transportClients();
  let door: WebSocketDoor | undefined;

  afterEach(async () => {
    await door?.close();
    door = undefined;
  });

  async function serve(tls?: { cert: string; key: string }): Promise<string> {
    door = await webSocketDoor(tls);
    return `${tls ? 'wss' : 'ws'}://127.0.0.1:${door.port}`;
  }

  it('exchanges messages over ws://, with addresses', async () => {
    const url = await serve();
    const client = await clients.exchange(url);
    expect(client.connection).to.include({ remoteAddress: `127.0.0.1:${door?.port}` });
    await closed(client);
    await none(door!);
  });

  it('exchanges messages over wss://, and checks the certificate', async () => {
    const url = await serve({ cert, key });
    await clients.exchange(url, { tls: { ca } });
    await clients.fail(url, {}, { phase: 'tls', words: /unknown authority/ });
    await clients.fail(url, { tls: { ca, servername: 'other' } }, { phase: 'tls', words: /not for other/ });
  });

  it('goes to the ports 80 and 443 where the URL names none', async () => {
    await clients.fail('ws://127.0.0.1', {}, { phase: 'tcp', words: /127\.0\.0\.1:80:/ });
    await clients.fail('wss://127.0.0.1', {}, { phase: 'tcp', words: /127\.0\.0\.1:443:/ });
  });

  it('keeps path and query of the URL, and takes /mqtt where there is no path; / is the root [S152]', async () => {
    const url = await serve();
    for (const path of ['', '?key=1', '/mqtt/a%20b?key=1']) await closed(await clients.exchange(url + path));
    for (const path of ['/', '/?key=1']) await clients.fail(url + path, {}, { phase: 'websocket', words: /\/: / });
    expect(door?.requests.map(request => request.url)).to.deep.equal([
      '/mqtt',
      '/mqtt?key=1',
      '/mqtt/a%20b?key=1',
      '/',
      '/?key=1',
    ]);
  });

  it('offers mqtt, mqttv3.1 for 3.1, or what it is told, also nothing; no compression [MQTT-6.0.0-3]', async () => {
    const url = await serve();
    await clients.exchange(url);
    await clients.exchange(url, { protocolVersion: 3 });
    await clients.exchange(url, { websocket: { protocols: ['other', 'mqtt.v9'] } });
    await clients.exchange(url, { websocket: { protocols: [] } });
    const offered = door?.requests.map(({ headers }) => headers['sec-websocket-protocol']);
    expect(offered).to.deep.equal(['mqtt', 'mqttv3.1', 'other,mqtt.v9', undefined]);
    for (const { headers } of door!.requests) expect(headers).not.to.have.property('sec-websocket-extensions');
  });

  it('sends headers, but never the credentials of MQTT', async () => {
    const url = await serve();
    const headers = { authorization: 'Bearer token', 'x-device': '7' };
    await clients.exchange(url.replace('ws://', 'ws://user:secret@'), { websocket: { headers } });
    expect(door?.requests[0]?.headers).to.include(headers);
    await clients.exchange(url.replace('ws://', 'ws://user:secret@'));
    expect(door?.requests[1]?.headers).not.to.have.property('authorization');
  });

  describe('a mistake with a name', () => {
    const status = (code: number) => () => {
      const answer = createHttpServer(
        (_, response) => void response.writeHead(code, { location: '/secret' }).end('no'),
      );
      return CuttableServer.over(answer).then(server => ({ port: server.port, close: () => server.stop() }));
    };
    const started = async (talk: Parameters<typeof startTcpServer>[0]) => startTcpServer(talk);
    type Start = () => Promise<{ port: number; close(): Promise<void> }>;
    const phase = 'websocket';
    const mistakes: readonly (readonly [what: string, Start, url: string, Expected])[] = [
      [
        'a path that is not there',
        () => webSocketDoor(),
        'ws:PORT/elsewhere?secret',
        { phase, words: /at 127.*\/elsewhere: .*nothing at that path.*\/mqtt.*HTTP 404/ },
      ],
      [
        'an HTTP server that does not upgrade',
        status(200),
        'ws:PORT',
        { phase, words: /HTTP server which does not upgrade.*HTTP 200/ },
      ],
      ['a redirect', status(302), 'ws:PORT', { phase, words: /redirects elsewhere.*HTTP 302/ }],
      ['an upgrade that wants credentials', status(401), 'ws:PORT', { phase, words: /'websocket\.headers'.*HTTP 401/ }],
      ['a server that is overloaded', status(429), 'ws:PORT', { phase, words: /too many requests \(HTTP 429\)/ }],
      ['a gateway without its broker', status(502), 'ws:PORT', { phase, words: /behind that server.*HTTP 502/ }],
      [
        'WebSocket to a port of MQTT',
        startAedes,
        'ws:PORT',
        { phase, words: /1883 and 8883 are|no connection within/ },
      ],
      [
        'WebSocket to a port that speaks first',
        () => started(socket => socket.end('220 ready\r\n').resume()),
        'ws:PORT',
        { phase, words: /does not speak HTTP/ },
      ],
      ['ws:// to a port of wss://', () => webSocketDoor({ cert, key }), 'ws:PORT', { phase, words: /wss:\/\// }],
      [
        'wss:// to a port of ws://',
        () => webSocketDoor(),
        'wss:PORT',
        { phase: 'tls', words: /does not speak TLS; 1883 and ws/ },
      ],
      [
        'wss:// to a port of MQTT',
        () => started(socket => socket.once('data', () => socket.end(Uint8Array.of(0x20, 2, 0, 1)))),
        'wss:PORT',
        { phase: 'tls', words: /TLS.* 1883 (and ws are|is) without/ },
      ],
    ];
    for (const [what, start, url, expected] of mistakes) {
      it(what, async () => {
        const other = await start();
        try {
          const there = url.replace(':PORT', `://127.0.0.1:${other.port}`);
          await clients.fail(there, { connectTimeout: 2000 }, { secrets: ['secret'], ...expected });
        } finally {
          await other.close();
        }
      });
    }

    it('a sub-protocol that the server does not speak [MQTT-6.0.0-4]', async () => {
      const url = await serve();
      const websocket = { protocols: ['amqp'], headers: { authorization: 'Bearer secret' } };
      await clients.fail(
        url,
        { websocket },
        { phase, words: /sub-protocol; see 'websocket\.protocols'/, secrets: ['secret'] },
      );
    });

    it('a server that never answers the upgrade', async () => {
      const silent = await startSilentServer();
      await clients.fail(
        `ws://127.0.0.1:${silent.port}`,
        { connectTimeout: 50 },
        { code: 'CONNECT_TIMEOUT', phase, words: /does that port speak WebSocket/ },
      );
      await silent.close();
    });
  });

  it('leaves a server that does not answer a close in bounded time', async () => {
    const http = createHttpServer().on('upgrade', ({ headers }, socket) => {
      const accept = createHash('sha1').update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
      const lines = [
        'HTTP/1.1 101 Switching Protocols',
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Accept: ${accept.digest('base64')}`,
        'Sec-WebSocket-Protocol: mqtt',
      ];
      socket.write(`${lines.join('\r\n')}\r\n\r\n`);
      socket.once('data', () => socket.write(Uint8Array.of(0x82, 4, 0x20, 2, 0, 0)));
      socket.on('data', () => undefined).on('end', () => socket.end());
    });
    const server = await CuttableServer.over(http);
    const client = clients(`ws://127.0.0.1:${server.port}`, { closeTimeout: 50 });
    await firstValueFrom(client.connect());
    await closed(client);
    await none(server);
    expect(client.connection).to.deep.equal({ status: 'closed' });
    await server.stop();
  });

  describe('towards a server of a few lines', () => {
    let server: CuttableServer;
    let talk: (webSocket: WebSocket, isBinary: boolean) => void;
    let subscription: Subscription | undefined;

    beforeEach(async () => {
      const http = createHttpServer();
      new WebSocketServer({ server: http }).on('connection', webSocket => {
        webSocket.on('error', () => undefined);
        webSocket.once('message', (_, isBinary) => talk(webSocket, isBinary));
      });
      server = await CuttableServer.over(http);
    });
    afterEach(() => {
      subscription?.unsubscribe();
      return server.stop();
    });

    const fail = (expected: Expected) => clients.fail(`ws://127.0.0.1:${server.port}`, {}, expected);

    it('a text frame is a protocol error [MQTT-6.0.0-1]', async () => {
      talk = webSocket => webSocket.send('hello');
      const error = await fail({ code: 'PROTOCOL_ERROR', words: /text frame/ });
      expect(error).to.include({ reasonCode: 0x82 });
    });

    it('packets go out in binary frames [MQTT-6.0.0-1]', async () => {
      let binary: boolean | undefined;
      talk = (webSocket, isBinary) => {
        binary = isBinary;
        webSocket.send(Uint8Array.of(0x20, 2, 0, 0));
      };
      await firstValueFrom(clients(`ws://127.0.0.1:${server.port}`).connect());
      expect(binary).to.equal(true);
    });

    it('packets come in any frames [MQTT-6.0.0-2]', async () => {
      talk = webSocket => [0x20, 2, 0, 0].forEach(byte => webSocket.send(Uint8Array.of(byte)));
      const connack = await firstValueFrom(clients(`ws://127.0.0.1:${server.port}`).connect());
      expect(connack).to.include({ sessionPresent: false });
    });

    it('a close with a code is a reason', async () => {
      talk = webSocket => {
        webSocket.send(Uint8Array.of(0x20, 2, 0, 0));
        webSocket.close(1008, 'go away');
      };
      const client = clients(`ws://127.0.0.1:${server.port}`);
      client.connect().subscribe({ error: () => undefined });
      const { error } = await inState(client, 'closed');
      expect(error?.message).to.match(/closed the WebSocket with code 1008: go away/);
    });

    it('a close with a code is a reason before CONNACK, too', async () => {
      talk = webSocket => webSocket.close(1008, 'go away');
      await clients.fail(
        `ws://127.0.0.1:${server.port}`,
        {},
        { code: 'CONNECTION_CLOSED', phase: 'mqtt', words: /no CONNACK came: .* code 1008: go away; the broker may/ },
      );
    });

    /** A link to the server, and its other end. Its timers run a hundred times as fast. */
    async function opened(): Promise<{ link: Link; other: WebSocket }> {
      const other = new Promise<WebSocket>(resolve => (talk = resolve));
      const scheduler: SchedulerLike = {
        now: () => asyncScheduler.now(),
        schedule: <T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T) =>
          asyncScheduler.schedule(work, delay / 100, state),
      };
      const target = { url: new URL(`ws://127.0.0.1:${server.port}`), options: {}, scheduler };
      const link$ = defaultTransports['ws:']!(target);
      const link = await new Promise<Link>(resolve => (subscription = link$.subscribe(resolve)));
      link.write(Uint8Array.of(0));
      return { link, other: await other };
    }

    it('pings are answered while reading is paused, and what is read meanwhile is bounded [S125]', async () => {
      const { link, other } = await opened();
      let received = 0;
      link.data$.subscribe(bytes => (received += bytes.length));
      link.pause?.();
      for (let i = 0; i < 10; i++) other.send(new Uint8Array(10_000));
      const pong = once(other, 'pong');
      other.ping('are you there');
      expect(String((await pong)[0])).to.equal('are you there');
      expect(received).to.equal(100_000);

      other.send(new Uint8Array(8 * MIB));
      for (let i = 0; i < 1000; i++) other.send(new Uint8Array(32 * 1024));
      other.ping('and now');
      // this one lies unread; others say that we live
      for (let i = 0; i < 3; i++) expect(String((await once(other, 'pong'))[0])).to.equal('');
      expect(received).to.be.below(10 * MIB);
      link.resume?.();
      for (let text = ''; text !== 'and now';) text = String((await once(other, 'pong'))[0]);
      expect(received).to.equal(100_000 + 8 * MIB + 1000 * 32 * 1024);
    });

    it('many pings that have gathered while nothing was read do not end the connection [S125]', async () => {
      const { link, other } = await opened();
      const bytes = firstValueFrom(link.data$);
      for (let i = 0; i < 500; i++) other.ping();
      other.send(Uint8Array.of(1));
      expect(await bytes).to.deep.equal(Buffer.of(1));
      const next = firstValueFrom(link.data$);
      await once(other, 'pong');
      other.send(Uint8Array.of(2));
      expect(await next).to.deep.equal(Buffer.of(2));
    });

    it('a reason of a close arrives also when something is written before it', async () => {
      talk = webSocket => {
        webSocket.send(Uint8Array.of(0x20, 2, 0, 0));
        webSocket.close(1008, 'go away');
      };
      const client = clients(`ws://127.0.0.1:${server.port}`);
      const failed = failure(client.publish('t', new Uint8Array(8 * MIB)).pipe(repeat()));
      const { error } = await inState(client, 'closed');
      expect(error?.message).to.match(/closed the WebSocket with code 1008: go away/);
      expect(((await failed) as Error).message).to.match(/go away|CLIENT_CLOSED|no connection/);
    });

    it('write() says false while too much waits, and drain$ says when it has gone', async () => {
      const received = new Promise<number>(resolve => {
        talk = webSocket => {
          webSocket.pause();
          let bytes = 0;
          webSocket.on('message', data => {
            bytes += (data as Buffer).length;
            if (bytes === 8 * MIB) resolve(bytes);
          });
          setImmediate(() => webSocket.resume());
        };
      });
      const target = { url: new URL(`ws://127.0.0.1:${server.port}`), options: {}, scheduler: asyncScheduler };
      const link$ = defaultTransports['ws:']!(target);
      const link = await new Promise<Link>(resolve => (subscription = link$.subscribe(resolve)));
      link.data$.subscribe();
      expect(link.write(Uint8Array.of(1))).to.equal(true);
      const drained = firstValueFrom(link.drain$);
      const answers = Array.from({ length: 8 }, () => link.write(new Uint8Array(MIB)));
      expect(answers.at(-1)).to.equal(false);
      expect(link.unsentBytes).to.be.greaterThan(0);
      await drained;
      expect(await received).to.equal(8 * MIB);
    });
  });
});
