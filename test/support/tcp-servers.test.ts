import { once } from 'node:events';
import { expect } from 'chai';
import { closeSocket, openSocket } from './ports.js';
import { describeWithoutLeaks } from './resources.js';
import {
  refusedServer,
  startClosingServer,
  startHttpServer,
  startSilentServer,
  type WrongServer,
} from './tcp-servers.js';

describeWithoutLeaks('servers that are no brokers', () => {
  let server: WrongServer | undefined;

  afterEach(() => server?.close());

  it('speaks HTTP', async () => {
    server = await startHttpServer();
    const socket = await openSocket(server.port);
    socket.write(Buffer.from([0x10, 0x0c, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, 0]));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).to.match(/^HTTP\/1.1 400 Bad Request/);
    await closeSocket(socket);
  });

  it('is silent, but there', async () => {
    server = await startSilentServer();
    const socket = await openSocket(server.port);
    let said = 0;
    socket.on('data', () => said++);
    await new Promise(resolve => socket.write('hello?', resolve));
    expect(server.connections()).to.equal(1);
    await server.close();
    expect(await once(socket, 'error')).to.have.nested.property('[0].code', 'ECONNRESET');
    expect(said).to.equal(0);
  });

  it('closes at once', async () => {
    server = await startClosingServer();
    const socket = await openSocket(server.port);
    await once(socket.resume(), 'end');
    expect(socket.bytesRead).to.equal(0);
    await closeSocket(socket);
  });

  it('is not there', async () => {
    server = await refusedServer();
    expect(await openSocket(server.port).catch((error: unknown) => error)).to.include({ code: 'ECONNREFUSED' });
    expect(server.url).to.equal(`mqtt://127.0.0.1:${server.port}`);
  });
});
