import { expect } from 'chai';
import { MqttError, mqtt } from '../../src/index.js';

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
    ['no URL', 'broker', /'broker' is no URL; it looks like mqtt:\/\/host:1883/],
    ['an unknown scheme', 'gopher://broker', /unknown scheme gopher:/],
    ['a port out of range', 'mqtt://broker:65536', /port from 1 to 65535/],
    ['port 0', 'mqtt://broker:0', /port 0/],
    ['no host', 'mqtt://', /names no host|no URL/],
    ['a number', 1883, /this is number/],
    ['nothing', undefined, /this is undefined/],
    ['an empty list', [], /empty list/],
    ['null in a list', [null], /a URL is a string/],
    ['a misspelt entry', [{ url: 'mqtt://broker', option: {} }], /has no 'option'/],
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
