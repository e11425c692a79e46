import { createServer } from 'node:net';
import { expect } from 'chai';
import { closeServer, closeSocket, listen, openSocket } from './ports.js';
import { activeResources, expectNoMoreThan } from './resources.js';

describe('the look for leaks', () => {
  it('finds a server and a socket that were left open', async () => {
    const before = await activeResources();
    const server = createServer();
    const socket = await openSocket(await listen(server));
    expect(await expectNoMoreThan(before, 10).catch(String))
      .to.match(/1 TCPServerWrap/)
      .and.match(/[12] TCPSocketWrap/);
    await closeSocket(socket);
    await closeServer(server);
    await expectNoMoreThan(before);
  });

  it('finds a timer', async () => {
    const before = await activeResources();
    const timer = setTimeout(() => undefined, 60_000);
    expect(await expectNoMoreThan(before, 10).catch(String)).to.include('1 Timeout');
    clearTimeout(timer);
    await expectNoMoreThan(before);
  });
});
