import { expect } from 'chai';
import dns from 'node:dns';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import net, { Socket, isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncScheduler, firstValueFrom } from 'rxjs';
import { mqtt } from '../../src/index.js';
import { assertKeepAlive } from '../../src/transport/node/dial.js';
import { connectFailure } from '../../src/transport/node/failures.js';
import { defaultTransports } from '../../src/transport/node/default.js';
import { startAedes } from '../support/aedes.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { refusedServer } from '../support/tcp-servers.js';
import { transportClients, unixDoor } from './support.js';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const takesInterval = major > 26 || (major === 26 && minor >= 4);

describeWithoutLeaks('the options tcp', () => {
  const clients = transportClients();
  let broker: Awaited<ReturnType<typeof startAedes>>;
  const original = Socket.prototype.setKeepAlive;
  let keptAlive: unknown[][];

  beforeEach(async () => {
    broker = await startAedes();
    keptAlive = [];
    Socket.prototype.setKeepAlive = function (...args) {
      keptAlive.push(args);
      return original.apply(this, args);
    };
  });
  afterEach(async () => {
    Socket.prototype.setKeepAlive = original;
    await broker.close();
  });

  it('localAddress: comes from that address', async () => {
    const client = await clients.exchange(broker.url, { tcp: { localAddress: '127.0.0.9' } });
    const { connection } = client;
    expect(connection.status === 'connected' && connection.localAddress).to.match(/^127\.0\.0\.9:\d+$/);
  });

  describe('a name with several addresses', () => {
    const { lookup } = dns;
    const { connect } = net;
    /** What was asked for. */
    let asked: unknown;
    /** The addresses that were tried. */
    let tried: string[];
    /** The addresses that answer only after this has failed. */
    let slow: { readonly addresses: readonly string[]; readonly until: string };

    function resolvesTo(...addresses: string[]): void {
      dns.lookup = ((name: string, options: object, done: (error: null, found: object[]) => void) => {
        asked = { name, ...options };
        setImmediate(() =>
          done(
            null,
            addresses.map(address => ({ address, family: isIP(address) })),
          ),
        );
      }) as typeof dns.lookup;
      syncBuiltinESMExports();
    }

    beforeEach(() => {
      tried = [];
      slow = { addresses: [], until: '' };
      const waiting: (() => void)[] = [];
      net.connect = ((options: net.TcpNetConnectOpts) => {
        const { host = '' } = options;
        tried.push(host);
        const socket = new Socket();
        if (slow.addresses.includes(host)) waiting.push(() => socket.connect(options));
        else socket.connect(options);
        if (slow.until === host) socket.once('close', () => waiting.forEach(answer => answer()));
        return socket;
      }) as typeof net.connect;
      syncBuiltinESMExports();
    });
    afterEach(() => {
      dns.lookup = lookup;
      net.connect = connect;
      syncBuiltinESMExports();
    });

    const tcp = { localAddress: '127.0.0.9' };
    const urlByName = () => broker.url.replace('127.0.0.1', 'broker.example');

    it('all of them are tried [S154]', async () => {
      resolvesTo('127.0.0.3', '127.0.0.2', '127.0.0.1');
      const { connection } = await clients.exchange(urlByName());
      expect(asked).to.deep.equal({ name: 'broker.example', all: true, family: 0 });
      expect(tried).to.deep.equal(['127.0.0.3', '127.0.0.2', '127.0.0.1']);
      expect(connection.status === 'connected' && connection.remoteAddress).to.match(/^127\.0\.0\.1:\d+$/);
    });

    it('both families are tried in turn, beginning with the first one [S154]', async () => {
      resolvesTo('127.0.0.3', '127.0.0.2', '127.0.0.1', '::1');
      await clients.exchange(urlByName());
      expect(tried).to.deep.equal(['127.0.0.3', '::1', '127.0.0.2', '127.0.0.1']);
    });

    it('a later attempt begins with another one, which may answer where the first one only accepts [S154]', async () => {
      resolvesTo('127.0.0.3', '127.0.0.2', '127.0.0.1');
      for (const failures of [1, 2, 3]) {
        const target = { url: new URL(urlByName()), options: {}, scheduler: asyncScheduler, failures };
        await firstValueFrom(defaultTransports['mqtt:']!(target));
      }
      expect(tried.join(' ')).to.equal('127.0.0.2 127.0.0.1 127.0.0.1 127.0.0.3 127.0.0.2 127.0.0.1');
    });

    it('one that answers late is used when the others have failed [S154]', async () => {
      resolvesTo('127.0.0.1', '127.0.0.3');
      slow = { addresses: ['127.0.0.1'], until: '127.0.0.3' };
      const { connection } = await clients.exchange(urlByName());
      expect(tried).to.deep.equal(['127.0.0.1', '127.0.0.3']);
      expect(connection.status === 'connected' && connection.remoteAddress).to.match(/^127\.0\.0\.1:\d+$/);
    });

    it('localAddress: all in its family are tried [S154]', async () => {
      resolvesTo('127.0.0.3', '127.0.0.2', '127.0.0.1');
      const { connection } = await clients.exchange(urlByName(), { tcp });
      expect(asked).to.deep.equal({ name: 'broker.example', all: true, family: 4 });
      expect(connection.status === 'connected' && connection.localAddress).to.match(/^127\.0\.0\.9:\d+$/);
    });

    it('says why when none of them can be reached', async () => {
      resolvesTo('127.0.0.3', '127.0.0.2');
      const words = /cannot connect to broker\.example:\d+: nothing listens there \(ECONNREFUSED\)/;
      const { cause } = await clients.fail(urlByName(), { tcp }, { phase: 'tcp', words });
      expect((cause as AggregateError).errors).to.have.length(2);
    });
  });

  it('localAddress: says when the name has no address', () =>
    clients.fail(
      'mqtt://nowhere.invalid',
      { tcp: { localAddress: '127.0.0.9' } },
      { phase: 'dns', words: /nowhere\.invalid:1883: (there is no such host|the name server)/ },
    ));

  it('localAddress: says when this machine has no such address', () =>
    clients.fail(
      broker.url,
      { tcp: { localAddress: '192.0.2.7' } },
      { phase: 'tcp', words: /'tcp\.localAddress', or the host, is not an address of this machine/ },
    ));

  it('Z7: keepAlive sets idle on the socket, or leaves it alone', async () => {
    await clients.exchange(broker.url, { tcp: { noDelay: false } });
    expect(keptAlive).to.deep.equal([]);
    await clients.exchange(broker.url, { tcp: { keepAlive: { idle: 30_000 } } });
    await clients.exchange(broker.url, { tcp: { keepAlive: {} } });
    expect(keptAlive.map(([enable, idle]) => [enable, idle])).to.deep.equal([
      [true, 30_000],
      [true, 60_000],
    ]);
  });

  (takesInterval ? it.skip : it)(
    'Z7: what this version of Node cannot set is NOT_SUPPORTED, and nothing is opened',
    async () => {
      for (const [key, keepAlive] of [
        ['interval', { idle: 30_000, interval: 5000 }],
        ['count', { count: 3 }],
      ] as const) {
        const error = await clients.fail(
          broker.url,
          { tcp: { keepAlive } },
          { code: 'NOT_SUPPORTED', phase: 'tcp', words: new RegExp(`'tcp\\.keepAlive\\.${key}' needs Node 26\\.4`) },
        );
        expect(error).to.include({ subject: `tcp.keepAlive.${key}`, retryable: false });
      }
      expect(broker.connections()).to.equal(0);
    },
  );

  it('Z7: knows which versions can', () => {
    for (const version of ['26.4.0', '26.10.1', '27.0.0']) assertKeepAlive({ interval: 1000, count: 1 }, version);
    for (const version of ['20.19.0', '24.99.0', '26.3.9'])
      expect(() => assertKeepAlive({ count: 1 }, version)).to.throw(/needs Node/);
    assertKeepAlive({ idle: 1000 }, '20.19.0');
  });
});

describeWithoutLeaks('a host that cannot be reached', () => {
  const clients = transportClients();

  it('because there is no such name', async () => {
    const error = await clients.fail(
      'mqtt://no-such-host.invalid',
      {},
      { phase: 'dns', words: /connect to no-such-host\.invalid:1883/ },
    );
    expect(error).to.include({ retryable: true });
  });

  it('because nothing listens', async () => {
    const { url, port } = await refusedServer();
    const words = new RegExp(`connect to 127.0.0.1:${port}: nothing listens there \\(ECONNREFUSED\\)`);
    const error = await clients.fail(url, {}, { phase: 'tcp', words });
    expect(error.cause).to.include({ code: 'ECONNREFUSED' });
  });

  it('because nothing listens at one address, and this machine has no IPv6 for the other', () => {
    const codes = ['ENETUNREACH', 'ECONNREFUSED'];
    const cause = new AggregateError(codes.map(code => Object.assign(new Error(code), { code })));
    const error = connectFailure(cause, 'host:1883');
    expect(error.message).to.equal('cannot connect to host:1883: nothing listens there (ECONNREFUSED)');
    expect(error.cause).to.include({ code: 'ECONNREFUSED' });
  });
});

describeWithoutLeaks('unix://', () => {
  const clients = transportClients();
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'unix-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('exchanges messages, and has no addresses', async () => {
    const path = join(directory, 'a b.sock');
    const door = await unixDoor(path);
    const client = await clients.exchange(`unix://${path.replace(' ', '%20')}`);
    expect(client.connection).not.to.have.any.keys('localAddress', 'remoteAddress');
    client.close();
    await door.close();
  });

  it('says when there is no such socket, or it is none', async () => {
    const path = join(directory, 'b.sock');
    await clients.fail(`unix://${path}`, {}, { phase: 'tcp', words: /b\.sock: there is no such socket \(ENOENT\)/ });
    await writeFile(path, '');
    await clients.fail(
      `unix://${path}`,
      {},
      { phase: 'tcp', words: /b\.sock: (nothing listens there|it is not a socket)/ },
    );
  });

  it('goes through no proxy, and not encrypted', async () => {
    const code = 'INVALID_ARGUMENT';
    await clients.fail('unix:///a.sock', { proxy: 'http://proxy' }, { code, words: /option 'proxy'/ });
    await clients.fail('unix:///a.sock', { tls: {} }, { code, words: /option 'tls'/ });
  });

  for (const url of ['unix://relative.sock', 'unix:relative.sock', 'unix:///', 'unix://', 'unix:///a%zz']) {
    it(`is refused as ${url}`, () => {
      expect(() => mqtt(url)).to.throw(/unix:\/\/\/path\/to\.sock|percent-encoded/);
    });
  }
});
