import { createContext, runInContext } from 'node:vm';
import { expect } from 'chai';
import { peerWebSocket } from '../package/bundlers/peer-web-socket.js';
import { scriptedPeer } from '../package/bundlers/peer.js';
import { browserBundle } from '../support/browser-bundle.js';

/** What is done on each platform. It leaves two functions and a class in `globalThis`. */
const program = `
  import { lastValueFrom, take, toArray } from 'rxjs';
  import { mqtt, whenOnline, exponentialBackoff } from './src/index.ts';

  globalThis.PeerWebSocket = (${peerWebSocket})(globalThis.connectToPeer);

  /** Everything that asks the platform for something: a random id, text both ways, timers, a warning that nobody listens to. */
  globalThis.journey = async () => {
    const client = mqtt('ws://broker', { protocolVersion: 5, reconnect: whenOnline(exponentialBackoff()), callSites: true });
    const states = [];
    client.connection$.subscribe(({ status }) => states.push(status));
    await lastValueFrom(client.connect());
    const read = lastValueFrom(client.topic$('a/+').pipe(take(3), toArray()));
    await lastValueFrom(client.publish('unclaimed', 'x', { qos: 1 }));
    await lastValueFrom(client.publish('a/€', 'tèxt 😀', { qos: 1, properties: { userProperties: [['é', 'ü']] } }));
    await lastValueFrom(client.publish('a/b', Uint8Array.of(0xff), { qos: 2 }));
    await lastValueFrom(client.publish('a/c', JSON.stringify({ ö: 1 }), { qos: 1 }));
    const messages = await read;
    await lastValueFrom(client.disconnect(), { defaultValue: undefined });
    return JSON.stringify({
      states,
      texts: messages.map(message => message.topic + ' ' + message.text()),
      json: messages[2].json(),
      stats: typeof client.stats,
    });
  };

  globalThis.failure = async () => {
    try {
      const client = mqtt('ws://broker', { reconnect: false });
      await lastValueFrom(client.connect());
      return 'nothing failed';
    } catch (error) {
      return JSON.stringify({ code: error.code, subject: error.subject, message: error.message });
    }
  };
`;

const journey = {
  states: ['idle', 'connecting', 'connected', 'disconnecting', 'closed'],
  texts: ['a/€ tèxt 😀', 'a/b \ufffd', 'a/c {"ö":1}'],
  json: { ö: 1 },
};

/** Of what browsers have and the language has not, all that the client and RxJS ask for. */
const platform = (warnings: unknown[]) => ({
  AbortController,
  AbortSignal,
  TextDecoder,
  TextEncoder,
  URL,
  clearInterval,
  clearTimeout,
  console: { warn: (words: unknown) => warnings.push(words) },
  crypto,
  performance,
  queueMicrotask,
  setInterval,
  setTimeout,
});

/** A script that takes something away, or puts something worse in its place; and what is left of the journey. */
const works: readonly (readonly [what: string, script: string])[] = [
  ['everything', ''],
  ['no console', 'delete globalThis.console'],
  ['a console without warn', 'console = {}'],
  ['no crypto', 'delete globalThis.crypto'],
  ['crypto without getRandomValues', 'crypto = {}'],
  ['no TextEncoder', 'delete globalThis.TextEncoder'],
  ['a TextEncoder without encodeInto', 'TextEncoder = class { encode() {} }'],
  ['no TextDecoder', 'delete globalThis.TextDecoder'],
  ['a TextDecoder without options', "TextDecoder = class { decode() { return '?' } }"],
  [
    'a TextDecoder that refuses options',
    "TextDecoder = class { constructor(_, o) { if (o) throw new TypeError('no') } }",
  ],
  ['no queueMicrotask', 'delete globalThis.queueMicrotask'],
  ['no performance', 'delete globalThis.performance'],
  ['performance without now', 'performance = {}'],
  ['no AbortController, no AbortSignal', 'delete globalThis.AbortController; delete globalThis.AbortSignal'],
  ['a navigator that tells nothing', 'navigator = {}'],
  ['a navigator online without events', 'navigator = { onLine: true }'],
  ['a window without events', 'window = globalThis; self = globalThis; document = {}'],
  ['no WeakRef, no FinalizationRegistry', 'delete globalThis.WeakRef; delete globalThis.FinalizationRegistry'],
  ['no Intl, no WebAssembly, no SharedArrayBuffer, no Atomics', 'delete globalThis.Intl; delete globalThis.WebAssembly; delete globalThis.SharedArrayBuffer; delete globalThis.Atomics'], // prettier-ignore
  ['no Error.captureStackTrace', 'delete Error.captureStackTrace'],
  ['no Symbol.asyncDispose', 'delete Symbol.asyncDispose'],
  [
    'nothing but timers, URL and WebSocket',
    `for (const name of ${JSON.stringify(['console', 'crypto', 'TextEncoder', 'TextDecoder', 'queueMicrotask', 'performance', 'AbortController', 'AbortSignal', 'WeakRef', 'FinalizationRegistry', 'Intl', 'WebAssembly', 'SharedArrayBuffer'])}) delete globalThis[name]`,
  ],
];

const fails: readonly (readonly [what: string, script: string, subject: string, words: RegExp])[] = [
  ['no URL', 'delete globalThis.URL', 'URL', /react-native-url-polyfill/],
  ['a URL that cannot be taken apart', "URL = class { get host() { throw new Error('no') } }", 'URL', /URL standard/],
  ['a URL that cannot be set', "URL = class { host = 'host:1'; href = 'x' }", 'URL', /URL standard/],
  ['no WebSocket', 'delete globalThis.WebSocket', 'WebSocket', /has no WebSocket; give webSocketTransport/],
  ['no timers', 'delete globalThis.setInterval', 'setInterval', /has no timers/],
];

describe('the bundle for browsers on a bare platform [S169]', () => {
  let code: string;

  before(async () => {
    code = await browserBundle(program);
  });

  /** Runs the program where `script` has changed the platform; the console has heard `warnings`. */
  async function run(script: string, what: 'journey' | 'failure', warnings: unknown[] = []): Promise<unknown> {
    const context = createContext({ ...platform(warnings), connectToPeer: scriptedPeer });
    context.WebSocket = undefined;
    runInContext(`${script}\n;${code}`, context);
    runInContext("if ('WebSocket' in globalThis) globalThis.WebSocket = globalThis.PeerWebSocket", context);
    return JSON.parse((await runInContext(`${what}()`, context)) as string);
  }

  for (const [what, script] of works) {
    it(`${what}: works`, async () => {
      expect(await run(script, 'journey')).to.deep.include(journey);
    });
  }

  it('warns on the console, where there is one', async () => {
    const warnings: unknown[] = [];
    await run('', 'journey', warnings);
    expect(warnings.join()).to.match(/^rxjs-mqtt: UNROUTED_DURABLE: .*unclaimed/);
  });

  for (const [what, script, subject, words] of fails) {
    it(`${what}: NOT_SUPPORTED says so`, async () => {
      const error = (await run(script, 'failure')) as { message: string };
      expect(error).to.include({ code: 'NOT_SUPPORTED', subject });
      expect(error.message).to.match(words);
    });
  }
});
