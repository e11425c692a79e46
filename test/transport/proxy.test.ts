import { expect } from 'chai';
import { firstValueFrom } from 'rxjs';
import type { MqttOptions } from '../../src/index.js';
import { type AedesServer, startAedes } from '../support/aedes.js';
import { certificate } from '../support/certificates.js';
import { freePort } from '../support/ports.js';
import { type ForwardProxy, startHttpProxy, startSocksProxy } from '../support/proxies.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { startClosingServer, startSilentServer, startTcpServer } from '../support/tcp-servers.js';
import { type Expected, closed, none, tlsDoor, transportClients, webSocketDoor } from './support.js';

const login = { username: 'us:er', password: 'p@ss/word' };
const credentials = `${encodeURIComponent(login.username)}:${encodeURIComponent(login.password)}@`;
const secrets = [
  login.password,
  encodeURIComponent(login.password),
  Buffer.from(`:${login.password}`).toString('base64').slice(4),
];
const own = certificate({ hosts: ['broker.example'] });

describeWithoutLeaks('proxy', () => {
  const clients = transportClients();
  let broker: AedesServer;
  const open: { close(): Promise<void> }[] = [];

  beforeEach(async () => {
    broker = await startAedes();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map(server => server.close()));
    await broker.close();
  });

  async function opened<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
    const server = await starting;
    open.push(server);
    return server;
  }
  const fail = (port: number, scheme: string, expected: Expected, options: MqttOptions = {}) =>
    clients.fail(
      `mqtt://broker.example:${broker.port}`,
      { proxy: `${scheme}//${credentials}127.0.0.1:${port}`, ...options },
      { secrets, ...expected },
    );

  const kinds: readonly (readonly [
    scheme: string,
    start: (options?: { login?: typeof login }) => Promise<ForwardProxy>,
  ])[] = [
    ['http:', startHttpProxy],
    ['socks5:', startSocksProxy],
    ['socks5h:', startSocksProxy],
  ];
  for (const [scheme, start] of kinds) {
    describe(scheme, () => {
      it('carries MQTT, and resolves the name', async () => {
        const { port, asked, ...proxy } = await opened(start());
        const client = await clients.exchange(`mqtt://broker.example:${broker.port}`, {
          proxy: `${scheme}//127.0.0.1:${port}`,
        });
        expect(asked).to.deep.equal([`broker.example:${broker.port}`]);
        expect(client.connection).to.include({ remoteAddress: `127.0.0.1:${port}` });
        await closed(client);
        await none(proxy);
      });

      it("carries TLS, whose certificate is the broker's", async () => {
        const { port } = await opened(start());
        const door = await opened(tlsDoor(own));
        const proxy = `${scheme}//127.0.0.1:${port}`;
        await clients.exchange(`mqtts://broker.example:${door.port}`, { proxy, tls: { ca: own.cert } });
        expect(door.sockets.at(-1)).to.include({ servername: 'broker.example' });
        await clients.fail(
          `mqtts://other.example:${door.port}`,
          { proxy, tls: { ca: own.cert } },
          { phase: 'tls', words: /not for other\.example/ },
        );
      });

      it('carries WebSocket, with TLS and without', async () => {
        const { port } = await opened(start());
        const proxy = `${scheme}//127.0.0.1:${port}`;
        const plain = await opened(webSocketDoor());
        await clients.exchange(`ws://broker.example:${plain.port}`, { proxy });
        expect(plain.requests[0]?.headers.host).to.equal(`broker.example:${plain.port}`);
        const secure = await opened(webSocketDoor(own));
        await clients.exchange(`wss://broker.example:${secure.port}`, { proxy, tls: { ca: own.cert } });
      });

      it('is given user and password', async () => {
        const { port } = await opened(start({ login }));
        await clients.exchange(broker.url, { proxy: `${scheme}//${credentials}127.0.0.1:${port}` });
      });

      it('wants user and password, and gets none, or others', async () => {
        const { port } = await opened(start({ login }));
        const none = { proxy: `${scheme}//127.0.0.1:${port}` };
        const words = new RegExp(`through the proxy 127.0.0.1:${port}: it wants (other )?credentials`);
        expect(await clients.fail(broker.url, none, { phase: 'tcp', words })).to.include({ retryable: false });
        const other = { proxy: `${scheme}//user:guess-it@127.0.0.1:${port}` };
        await clients.fail(broker.url, other, { phase: 'tcp', words: /credentials/, secrets: ['guess-it'] });
      });

      it('is not there', async () => {
        const port = await freePort();
        await fail(port, scheme, {
          phase: 'tcp',
          words: new RegExp(`connect to the proxy 127.0.0.1:${port}: nothing listens`),
        });
      });

      it('hangs up', async () => {
        const { port } = await opened(startClosingServer());
        await fail(port, scheme, { phase: 'tcp', words: /hung up|ECONNRESET|EPIPE/ });
      });

      it('says nothing', async () => {
        const { port } = await opened(startSilentServer());
        await fail(
          port,
          scheme,
          { code: 'CONNECT_TIMEOUT', phase: 'tcp', words: /stopped in the phase 'tcp'/ },
          { connectTimeout: 50 },
        );
      });

      it('speaks something else', async () => {
        const { port } = await opened(startTcpServer(socket => void socket.resume().end('220 ready\r\n\r\n')));
        await fail(port, scheme, { phase: 'tcp', words: /does not speak (HTTP|SOCKS 5)/ });
      });

      it('is given up in the middle', async () => {
        const silent = await opened(startTcpServer(socket => socket.resume()));
        const client = clients(broker.url, { proxy: `${scheme}//127.0.0.1:${silent.port}` });
        client.connect().subscribe({ error: () => undefined });
        while (silent.connections() === 0) await new Promise(resolve => setImmediate(resolve));
        await closed(client);
        await none(silent);
        expect(client.connection).to.deep.equal({ status: 'closed' });
      });
    });
  }

  describe('http: refuses', () => {
    const refusals: readonly (readonly [status: number, words: RegExp])[] = [
      [403, /does not allow that host or port \(HTTP 403\)/],
      [405, /does not support CONNECT/],
      [502, /does not reach the broker/],
      [504, /did not answer it/],
      [500, /it refuses \(HTTP 500\)/],
    ];
    for (const [status, words] of refusals) {
      it(`with ${status}`, async () => {
        const { port } = await opened(startHttpProxy({ status }));
        expect(await fail(port, 'http:', { phase: 'tcp', words })).to.include({ retryable: true });
      });
    }

    it('an answer without end', async () => {
      const { port } = await opened(
        startTcpServer(socket => void socket.resume().write(`HTTP/1.1 200 Yes\r\nX: ${'x'.repeat(20_000)}`)),
      );
      await fail(port, 'http:', { phase: 'tcp', words: /its answer is too long/ });
    });
  });

  describe('socks5: refuses', () => {
    const refusals: readonly (readonly [reply: number, words: RegExp])[] = [
      [1, /it failed \(SOCKS reply 1\)/],
      [2, /rules do not allow/],
      [4, /does not reach the broker/],
      [5, /nothing listens/],
      [8, /addresses of this kind/],
      [99, /it refuses \(SOCKS reply 99\)/],
    ];
    for (const [reply, words] of refusals) {
      it(`with ${reply}`, async () => {
        const { port } = await opened(startSocksProxy({ reply }));
        await fail(port, 'socks5:', { phase: 'tcp', words });
      });
    }
  });

  it('socks5: is told addresses as addresses', async () => {
    const { port, asked } = await opened(startSocksProxy());
    const proxy = `socks5://127.0.0.1:${port}`;
    for (const host of ['127.0.0.1', '[::1]', '[2001:db8::7:0:1]'])
      await clients.exchange(`mqtt://${host}:${broker.port}`, { proxy });
    expect(asked.map(each => each.split(':')[0])).to.deep.equal([
      '127.0.0.1',
      '00000000000000000000000000000001',
      '20010db8000000000000000700000001',
    ]);
  });

  it('http: puts an IPv6 address in brackets', async () => {
    const { port, asked } = await opened(startHttpProxy());
    await clients.exchange(`mqtt://[::1]:${broker.port}`, { proxy: `http://127.0.0.1:${port}` });
    expect(asked).to.deep.equal([`[::1]:${broker.port}`]);
  });

  it("keeps what the broker said in one piece with the proxy's answer", async () => {
    const { port } = await opened(
      startTcpServer(socket => {
        socket.once('data', () =>
          socket.write(Buffer.concat([Buffer.from('HTTP/1.1 200 Yes\r\n\r\n'), Uint8Array.of(0x20, 2, 0, 0)])),
        );
      }),
    );
    const client = clients(broker.url, { proxy: `http://127.0.0.1:${port}`, closeTimeout: 10 });
    expect(await firstValueFrom(client.connect())).to.include({ sessionPresent: false });
  });
});
