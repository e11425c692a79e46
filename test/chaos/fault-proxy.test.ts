import { expect } from 'chai';
import { once } from 'node:events';
import { type Server, type Socket, createServer } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { type Fate, type Fault, type FaultProxy, type Pace, startFaultProxy } from '../support/fault-proxy.js';
import { closeServer, closeSocket, listen, openSocket } from '../support/ports.js';
import { describeWithoutLeaks } from '../support/resources.js';

describeWithoutLeaks('the fault proxy', () => {
  let server: Server;
  let accepted: Socket[];
  let proxy: FaultProxy;
  let sockets: Socket[];

  beforeEach('start a broker that only listens', async () => {
    [accepted, sockets] = [[], []];
    server = createServer({ allowHalfOpen: true }, socket => {
      socket.on('error', () => {});
      accepted.push(socket);
    });
    await listen(server);
  });
  afterEach('stop it', async () => {
    await proxy.close();
    await Promise.all([...sockets, ...accepted].map(closeSocket));
    await closeServer(server);
  });

  async function startWith(...fates: (Fault | Fate)[]): Promise<void> {
    const { port } = server.address() as { port: number };
    const fate = (one: Fault | Fate): Fate => ('fault' in one ? one : { fault: one, pace: 'asTheyCome' });
    proxy = await startFaultProxy(port, fates.map(fate));
  }

  async function connected(): Promise<{ client: Socket; broker: Socket }> {
    const met = once(server, 'connection') as Promise<[Socket]>;
    const client = await openSocket(proxy.port);
    client.on('error', () => {});
    sockets.push(client);
    const [broker] = await met;
    return { client, broker };
  }

  /** All that comes, and how it ends. */
  async function heard(socket: Socket): Promise<string> {
    let text = '';
    socket.on('data', chunk => (text += String(chunk)));
    const end = new Promise<string>(resolve => {
      socket.on('end', () => resolve('FIN'));
      socket.on('error', error => resolve((error as NodeJS.ErrnoException).code!));
    });
    const how = await end;
    return `${text} ${how}`;
  }

  /** Why a connection is not taken; undefined when it is. */
  async function attempt(): Promise<string | undefined> {
    const over = new AbortController();
    const taken = once(server, 'connection', { signal: over.signal }).catch(() => {});
    try {
      const socket = await openSocket(proxy.port);
      sockets.push(socket);
      await Promise.race([taken, once(socket, 'close')]);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code;
    } finally {
      over.abort();
    }
    return undefined;
  }

  const cut = (fault: Partial<Extract<Fault, { kind: 'cut' }>>): Fault => ({
    kind: 'cut',
    direction: 'toBroker',
    after: 5,
    lost: 0,
    by: 'fin',
    unaware: 'nobody',
    ...fault,
  });

  for (const pace of ['asTheyCome', 'byteByByte', { ms: 2 }] as const satisfies readonly Pace[]) {
    it(`cuts after so many bytes, by FIN (${JSON.stringify(pace)})`, async () => {
      await startWith({ fault: cut({}), pace });
      expect(proxy.faultsLeft).to.equal(1);
      const { client, broker } = await connected();
      const ends = Promise.all([heard(broker), heard(client)]);
      client.write('0123456789');
      expect(await ends).to.deep.equal(['01234 FIN', ' FIN']);
      expect(proxy.faultsLeft).to.equal(0);
    });
  }

  it('keeps the fault of a connection that ended before, for the next one', async () => {
    await startWith(cut({}), { kind: 'refuse', times: 1 });
    const first = await connected();
    const firstEnds = Promise.all([heard(first.broker), heard(first.client)]);
    first.client.end('0123');
    first.broker.end();
    expect(await firstEnds).to.deep.equal(['0123 FIN', ' FIN']);
    await Promise.all([first.client, first.broker].map(closeSocket));
    expect(proxy).to.include({ faultsLeft: 2, struck: 0 });
    while (proxy.sockets > 0) await turn();
    await turn(); // a socket tells of its end in the turn after
    const second = await connected();
    const secondEnds = Promise.all([heard(second.broker), heard(second.client)]);
    second.client.write('0123456789');
    expect(await secondEnds).to.deep.equal(['01234 FIN', ' FIN']);
    expect(await attempt()).to.equal('ECONNRESET');
    expect(proxy).to.include({ faultsLeft: 0, struck: 2 });
  });

  for (const lost of [2, 5]) {
    it(`cuts by RST, in the other direction, and loses the last ${lost} bytes`, async () => {
      await startWith(cut({ direction: 'toClient', by: 'rst', lost }));
      const { client, broker } = await connected();
      const ends = Promise.all([heard(broker), heard(client)]);
      client.write('not counted');
      await once(broker, 'data');
      broker.write('0123456789');
      const [brokers, clients] = await ends;
      expect(brokers).to.equal('not counted ECONNRESET');
      // right behind data, libuv may call an RST an end
      expect(clients).to.match(lost === 2 ? /^012 (FIN|ECONNRESET)$/ : /^ ECONNRESET$/);
    });
  }

  it('tells one end only', async () => {
    await startWith(cut({ unaware: 'broker' }), cut({ unaware: 'client' }));
    const first = await connected();
    const [firstEnd, brokers] = [heard(first.client), heard(first.broker)];
    first.client.write('0123456789');
    expect(await firstEnd).to.equal(' FIN');
    const second = await connected();
    const secondEnd = heard(second.broker);
    second.client.write('0123456789');
    expect(await secondEnd).to.equal('01234 FIN');
    expect([first.broker.readableEnded, second.client.readableEnded]).to.deep.equal([false, false]);
    await proxy.close();
    await brokers;
  });

  for (const both of [true, false]) {
    it(`is a black hole in ${both ? 'both directions' : 'one direction'}`, async () => {
      await startWith({ kind: 'blackHole', direction: 'toBroker', after: 5, both });
      const { client, broker } = await connected();
      const came = once(broker, 'data');
      client.write('0123456789');
      expect(String((await came)[0])).to.equal('01234');
      broker.write('answer');
      if (!both) expect(String((await once(client, 'data'))[0])).to.equal('answer');
      client.end('more');
      await once(client, 'finish');
      await connected(); // a later one gets through, so there was time enough
      expect([client.readableEnded, client.bytesRead, broker.bytesRead]).to.deep.equal([false, both ? 0 : 6, 5]);
    });
  }

  it('refuses so many times, then goes away, then is a good wire', async () => {
    await startWith({ kind: 'refuse', times: 2 }, { kind: 'away', ms: 300 });
    for (let i = 0; i < 3; i++) expect(await attempt()).to.equal('ECONNRESET');
    expect(await attempt()).to.equal('ECONNREFUSED');
    while ((await attempt()) === 'ECONNREFUSED');
    const { client, broker } = await connected();
    const ends = Promise.all([heard(broker), heard(client)]);
    client.end('0123456789');
    broker.end('answer');
    expect(await ends).to.deep.equal(['0123456789 FIN', 'answer FIN']);
    expect(proxy.faultsLeft).to.equal(0);
  });
});
