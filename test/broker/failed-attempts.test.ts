import { createServer } from 'node:http';
import { expect } from 'chai';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { type MqttOptions, json } from '../../src/index.js';
import { tlsDoor } from '../transport/support.js';
import { startAedes } from '../support/aedes.js';
import { certificate } from '../support/certificates.js';
import { consoleLine$ } from '../support/console.js';
import { CuttableServer } from '../support/cuttable-server.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { refusedServer, startHttpServer } from '../support/tcp-servers.js';
import { closedAfterEach, quick } from './support.js';

const unlikely = /Trying again is unlikely to help\. Next attempt in [\d.]+ s$/;

describeWithoutLeaks('what the first program of README says without its broker', () => {
  const clients = closedAfterEach({ protocolVersion: 4 });
  let server: { close(): Promise<void> } | undefined;

  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  /** The first line on the console, of a client whose messages alone are listened to. */
  async function firstLine(url: string, reconnect: MqttOptions['reconnect'] = {}): Promise<string> {
    const line = firstValueFrom(consoleLine$);
    clients(url, { reconnect }).topic$('sensors/+/temperature', { qos: 1, decode: json<number>() }).subscribe();
    return line;
  }

  it('nobody listens on the port; then a broker does [S161]', async () => {
    const broker = await startAedes();
    server = broker;
    await broker.stop();
    const { url, port } = broker;
    const said = firstValueFrom(consoleLine$.pipe(take(2), toArray()));
    expect(await firstLine(url, quick.reconnect)).to.equal(
      `rxjs-mqtt: cannot connect to 127.0.0.1:${port}: nothing listens there (ECONNREFUSED). Next attempt in 0.01 s`,
    );
    await broker.start();
    expect((await said)[1]).to.match(
      new RegExp(`^rxjs-mqtt: connected to mqtt://127\\.0\\.0\\.1:${port} after \\d+ failed attempts?$`),
    );
  });

  it('an HTTP server answers [S163]', async () => {
    const http = await startHttpServer();
    server = http;
    const line = await firstLine(http.url);
    expect(line).to.match(new RegExp(`^rxjs-mqtt: mqtt://127\\.0\\.0\\.1:${http.port}: .* it speaks HTTP`));
    expect(line).to.match(unlikely);
  });

  for (const [status, isLasting] of [
    [404, true],
    [503, false],
  ] as const)
    it(`an HTTP server answers ${status} to the upgrade of a WebSocket [S163]`, async () => {
      const http = createServer().on('upgrade', (_, socket) => socket.end(`HTTP/1.1 ${status} No\r\n\r\n`));
      const tcp = await CuttableServer.over(http);
      server = { close: () => tcp.stop() };
      const line = await firstLine(`ws://127.0.0.1:${tcp.port}/mqtt?token=secret`);
      expect(line).to.include(`(HTTP ${status})`).and.not.to.include('secret');
      expect(unlikely.test(line)).to.equal(isLasting);
    });

  for (const scheme of ['mqtts', 'wss'])
    it(`${scheme}://, and the authority of the certificate is not known [S163]`, async () => {
      const authority = certificate({ name: 'authority', authority: true });
      const { cert, key } = certificate({ name: 'server', hosts: ['127.0.0.1'], issuer: authority });
      const door = await tlsDoor({ cert, key });
      server = door;
      const line = await firstLine(`${scheme}://127.0.0.1:${door.port}`);
      expect(line).to.match(
        new RegExp(
          `^rxjs-mqtt: no TLS with 127\\.0\\.0\\.1:${door.port}: its certificate is from an unknown authority`,
        ),
      );
      expect(line).to.match(unlikely);
    });

  it('is not said to whoever watches connection$ [S161]', async () => {
    const { url } = await refusedServer();
    const client = clients(url, quick);
    const lines: string[] = [];
    const saying = consoleLine$.subscribe(line => lines.push(line));
    const third = firstValueFrom(
      client.connection$.pipe(filter(state => state.status === 'reconnecting' && state.attempt === 3)),
    );
    client.connect().subscribe({ error: () => undefined });
    await third;
    saying.unsubscribe();
    expect(lines).to.deep.equal([]);
  });
});
