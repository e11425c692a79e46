import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect } from 'chai';
import { NEVER, asyncScheduler, firstValueFrom } from 'rxjs';
import { type MqttOptions, MqttError, type TransportTarget, mqtt } from '../../src/index.js';
import { tcp } from '../../src/transport/node/sockets.js';
import { type Interfaces, socketZone } from '../../src/transport/node/zone.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { transportClients } from '../transport/support.js';

/** What mqtt() throws for these arguments. */
function refusal(...args: unknown[]): MqttError {
  try {
    mqtt(...(args as Parameters<typeof mqtt>));
  } catch (error) {
    expect(error).to.satisfy((thrown: unknown) => MqttError.is(thrown), String(error));
    return error as MqttError;
  }
  throw new Error('nothing was thrown');
}

describe('the servers that mqtt() is given', () => {
  const bad: [what: string, server: unknown, words: RegExp][] = [
    ['no URL', 'broker', /begins with its scheme and two slashes, like 'mqtt:\/\/host:1883'/],
    ['no scheme', 'localhost:1883', /'localhost:1883' has no scheme; did you mean 'mqtt:\/\/localhost:1883'\?/],
    ['an IPv4 address', '10.0.0.1:1883', /did you mean 'mqtt:\/\/10\.0\.0\.1:1883'\?/],
    ['an IPv6 address', '[::1]:1883', /did you mean 'mqtt:\/\/\[::1\]:1883'\?/],
    ['an @ before a scheme', 'user:pass@broker:1883', /begins with its scheme.*@ as %40/],
    ['a raw # in the password', 'mqtt://user:pa#ss@broker', /# as %23/],
    ['a raw ? in the password', 'mqtt://user:pa?ss@broker', /\? as %3F/],
    ['a raw / in the password', 'mqtt://user:pa/ss@broker', /\/ as %2F/],
    ['a raw / after digits in the password', 'ws://user:12/ss@broker', /an @ comes after the host.*\/ as %2F/],
    ['an unknown scheme', 'gopher://broker', /unknown scheme 'gopher:'/],
    ['a port out of range', 'mqtt://broker:65536', /port from 1 to 65535/],
    ['port 0', 'mqtt://broker:0', /port 0/],
    ['no host', 'mqtt://', /names no host|is not an address/],
    ['a number', 1883, /got a number/],
    ['nothing', undefined, /got undefined/],
    ['an empty list', [], /list is empty/],
    ['null in a list', [null], /a URL must be a string/],
    ['an entry with a URL for a key', [{ url: 'mqtt://broker', 'mqtt://u:p@h': 1 }], /unknown key '\.\.\.'/],
    ['a misspelt entry', [{ url: 'mqtt://broker', option: {} }], /unknown key 'option'/],
    ['percent signs that encode nothing', 'mqtt://user:100%@broker', /percent-encoded/],
  ];
  for (const [what, server, words] of bad) {
    it(`${what}: INVALID_ARGUMENT that says what is wrong`, () => {
      const error = refusal(server);
      expect(error.code).to.equal('INVALID_ARGUMENT');
      expect(error.message).to.match(words);
    });
  }

  it('options that are null are refused like any other that are no object', () => {
    expect(refusal('mqtt://broker', null).code).to.equal('INVALID_ARGUMENT');
  });

  it('no refusal shows the credentials of a URL, also of one that is not well formed', () => {
    for (const url of ['gopher://user:s3cret@broker', 'mqtt://user:s3/cret@broker:x', 'mqtt://s3cret:1@broker:99999']) {
      expect(refusal(url).message).to.not.include('s3');
    }
  });

  it('takes a password whose user name is in the URL or in the options of a server', () => {
    const options = { protocolVersion: 4, password: 'p' } as const;
    expect(refusal('mqtt://broker', options).subject).to.match(/password|username/);
    expect(mqtt('mqtt://user@broker', options).connection.status).to.equal('idle');
    const servers = [{ url: 'mqtt://broker', options: { username: 'user' } }];
    expect(mqtt(servers, options).connection.status).to.equal('idle');
  });
});

/** What a transport is told for this URL, and the URL that `connection$` shows. */
function asked(url: string, options: MqttOptions = {}): TransportTarget & { shown: string } {
  const targets: TransportTarget[] = [];
  const client = mqtt(url, { ...options, transport: target => (targets.push(target), NEVER) });
  client.connect().subscribe({ error: () => undefined });
  const { connection } = client;
  client.close();
  return { ...targets[0]!, shown: connection.status === 'connecting' ? connection.url : '' };
}

describe('the host of a server [S150]', () => {
  for (const scheme of ['mqtt', 'mqtts', 'ws', 'wss', 'other']) {
    it(`${scheme}://: a name of another alphabet is asked for in Punycode`, () => {
      for (const name of ['bröker.example', 'BR%C3%96KER.example']) {
        const { url, shown } = asked(`${scheme}://user:pass@${name}:99/`);
        expect(url.host).to.equal('xn--brker-kua.example:99');
        expect(shown).to.equal(`${scheme}://xn--brker-kua.example:99/`);
      }
    });
  }

  it('is refused where no name can be like that', () => {
    for (const url of ['mqtt://a%20b', 'mqtt://a%2Fb'])
      expect(refusal(url))
        .to.include({ code: 'INVALID_ARGUMENT' })
        .and.property('message')
        .to.match(/is not a valid name/);
  });

  it("stays as it is under a scheme of one's own", () =>
    void expect(asked('bus://a%20b').url.href).to.equal('bus://a%20b'));
});

describe('the zone of an IPv6 address [S151]', () => {
  for (const text of ['fe80::1%25eth0.1', 'fe80::1%eth0.1', 'FE80:0::1%eth0.1']) {
    it(`${text}: the transport is told of it, and connection$ shows it`, () => {
      const { url, zone, shown } = asked(`mqtt://us%25er:p]@[${text}]:99`);
      expect(url.host).to.equal('[fe80::1]:99');
      expect(zone).to.equal('eth0.1');
      expect(shown).to.equal('mqtt://[fe80::1%25eth0.1]:99');
    });
  }

  it('may be the number of an interface', () => {
    expect(asked('mqtt://[fe80::1%25]').zone).to.equal('25');
    expect(asked('mqtt://[fe80::1%254]').zone).to.equal('4');
    expect(asked('mqtt://[fe80::1]')).not.to.have.property('zone');
  });

  it('is refused where it is no name, or the address none', () => {
    for (const url of ['mqtt://[fe80::1%]', 'mqtt://[fe80::1%25et h]', 'mqtt://[fe80%25eth0]', 'mqtt://h%25eth0'])
      expect(refusal(url)).to.include({ code: 'INVALID_ARGUMENT', subject: 'url' });
  });
});

describeWithoutLeaks('the zone of an IPv6 address [S151]', () => {
  const clients = transportClients();

  it('must be an interface that is up, also for WebSocket', async () => {
    for (const scheme of ['mqtt', 'ws'])
      await clients.fail(
        `${scheme}://[fe80::1%25no-such]:9`,
        {},
        { phase: 'tcp', words: /\[fe80::1%25no-such\]:9: .*zone of the IPv6 address, 'no-such', is not.*up.*: lo/ },
      );
  });

  it('is given to the system, which connects there', async function () {
    const own = linkLocal();
    if (own === undefined) return this.skip();
    const server = createServer(socket => socket.resume().on('error', () => undefined)).listen(0, '::');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    for (const zone of [own.name, own.scopeid]) {
      const link$ = tcp({
        url: new URL(`mqtt://[${own.address}]:${port}`),
        zone: `${zone}`,
        options: {},
        scheduler: asyncScheduler,
      });
      expect(await firstValueFrom(link$)).to.include({ unsentBytes: 0 });
    }
    await new Promise(resolve => server.close(resolve));
  });
});

describe('the zone of an IPv6 address as sockets take it [S151]', () => {
  const interfaces: Interfaces = { lo: [{ scopeid: 0 }], eth0: [{}, { scopeid: 4 }], eth1: [{ scopeid: 7 }] };

  it('is the name of an interface; its number stands for it', () => {
    expect(socketZone('eth0', 'it', interfaces, 'linux')).to.equal('eth0');
    expect(socketZone('7', 'it', interfaces, 'linux')).to.equal('eth1');
    expect(socketZone('lo', 'it', interfaces, 'linux')).to.equal('lo');
  });

  it('is the number of an interface on Windows; its name stands for it', () => {
    expect(socketZone('eth0', 'it', interfaces, 'win32')).to.equal('4');
    expect(socketZone('7', 'it', interfaces, 'win32')).to.equal('7');
  });

  it('is none where no interface is called so', () => {
    for (const zone of ['0', '5', 'eth', 'constructor'])
      expect(() => socketZone(zone, '[fe80::1]:9', interfaces, 'linux'))
        .to.throw(MqttError, `[fe80::1]:9: the zone of the IPv6 address, '${zone}', is not a network interface`)
        .and.to.include({ code: 'CONNECTION_FAILED', phase: 'tcp', retryable: true });
  });
});

/** A link-local address of this machine. */
function linkLocal(): { name: string; address: string; scopeid: number } | undefined {
  for (const [name, addresses = []] of Object.entries(networkInterfaces()))
    for (const { address, scopeid } of addresses)
      if (scopeid && address.startsWith('fe80:')) return { name, address, scopeid };
  return undefined;
}

describe('the path of a WebSocket [S152]', () => {
  for (const [url, path] of [
    ['ws://broker', '/mqtt'],
    ['wss://user:p%2Fw@broker:9001', '/mqtt'],
    ['  ws:broker?key=1', '/mqtt'],
    ['ws://broker#part', '/mqtt'],
    ['ws://broker/', '/'],
    ['ws:\\\\broker\\', '/'],
    ['ws://broker/?key=1', '/'],
    ['wss://broker:9001/ws', '/ws'],
    ['mqtt://broker', ''],
  ] as const) {
    it(`${url} leads to '${path}'`, () => void expect(asked(url).url.pathname).to.equal(path));
  }

  it('is shown where it was put in', () =>
    void expect(asked('ws://user:pass@broker').shown).to.equal('ws://broker/mqtt'));
});
