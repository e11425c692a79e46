import { expect } from 'chai';
import fc from 'fast-check';
import { inspect } from 'node:util';
import { NEVER, merge, of, throwError } from 'rxjs';
import {
  validateAttemptOptions,
  validateOptions,
  validateServerOptions,
} from '../../../src/client/options/validate-options.js';
import { fromConfig } from '../../../src/client/options/from-config.js';
import { type MqttOptions, MqttError, mqtt } from '../../../src/index.js';

/** Whatever a program could print of an error. */
function everything(error: MqttError): string {
  const shown = inspect(error, { depth: null, showHidden: true });
  return [error.message, String(error), JSON.stringify(error), error.stack, error.subject, shown].join('\n');
}

function errorOf(options: unknown): MqttError | undefined {
  for (const validate of [validateOptions, validateAttemptOptions, validateServerOptions]) {
    try {
      validate(options);
    } catch (error) {
      if (MqttError.is(error, 'INVALID_ARGUMENT')) return error;
      throw error;
    }
  }
  return undefined;
}

// long enough, and odd enough, to be nowhere by chance
const secret = fc
  .tuple(fc.string({ maxLength: 20 }), fc.constantFrom('', '\0', '\ud800', 'ü', "'", '/', '@', '_'.repeat(70_000)))
  .map(([text, end]) => `s3cr3t-${text}${end}`);
const MARK = 's3cr3t';

const bytes = secret.map(text => new TextEncoder().encode(text));
const wrapped = (text: string): unknown[] => [text, [text], { text }, new String(text), { [text]: text }];
const credential = fc.oneof(
  secret,
  bytes,
  secret.chain(text => fc.constantFrom(...wrapped(text))),
);

const mistakes = fc.constantFrom<Record<string, unknown>>(
  {},
  { keepalive: -1 },
  { keepAlive: 5 },
  { protocolVersion: 4, sessionExpiry: 5 },
  { protocolVersion: 3 },
  { clientId: '', clean: false },
  { will: {} },
  { will: { topic: '#' } },
  { queue: { maxMessages: 0 } },
  { scheduler: {} },
);

function connectTo(server: Parameters<typeof mqtt>[0], options: MqttOptions, tell: (value: unknown) => void): void {
  const client = mqtt(server, { transport: () => NEVER, reconnect: false, ...options });
  const watching = merge(client.connection$, client.warning$).subscribe({ next: tell, error: tell });
  const attempt = client.connect().subscribe({ error: tell });
  client.close();
  watching.unsubscribe();
  attempt.unsubscribe();
}

/** The same with nobody who watches: the console is told of the attempt that fails. */
function connectUnwatched(server: string, options: MqttOptions, tell: (value: unknown) => void): void {
  const client = mqtt(server, { transport: () => throwError(() => new Error('no')), ...options });
  client.connect().subscribe({ error: tell });
  client.close();
}

/** Runs `act`, and tells all that came out of it: what was thrown, and what went to the console. */
function outcomeOf(act: (tell: (value: unknown) => void) => void): string {
  const told: string[] = [];
  const tell = (value: unknown) =>
    void told.push(MqttError.is(value) ? everything(value) : inspect(value, { depth: 9 }));
  const { warn } = console;
  console.warn = tell;
  try {
    act(tell);
  } catch (error) {
    tell(error);
  } finally {
    console.warn = warn;
  }
  return told.join('\n');
}

/** Without what ends a host, so that the secret stays in one piece wherever the parser puts it. */
const plainSecret = fc.stringMatching(/^[\w!$&'()*+,;=~.-]{0,12}$/).map(text => `${MARK}${text}`);
const separator = fc.constantFrom('://', ':/', ':', ':\\\\', ':\\', ':///', '://\t', '//', '', '%3A%2F%2F');
const atSign = fc.constantFrom('@', '\uff20', '\ufe6b', '%40', '%2540', '%EF%BC%A0', '%ef%b9%ab', '@@', ' @', '\n@');
const userInfo = fc
  .tuple(
    fc.constantFrom('user:', ':', 'us/er:', 'us#er:', '12:', 'user:12/', 'user:12?', 'user:1#', 'u@', '[', ''),
    plainSecret,
  )
  .chain(([user, text]) => fc.constantFrom('', '/', '#', '?', '%', '@x', ' ').map(end => user + text + end));
const url = fc
  .tuple(
    fc.constantFrom('mqtt', 'mqtts', 'tcp', 'ws', 'wss', 'unix', 'own', 'http', 'socks5', ' mqtt', ''),
    separator,
    userInfo,
    atSign,
    fc.constantFrom(
      'host',
      'host:1883',
      'host:99999',
      'host:x',
      '[::1]',
      '[fe80::1%25eth0]:1',
      'bad host',
      '',
      'h/p?q#f',
      'h/a@b',
    ),
  )
  // what is well-formed as an address and a path cannot be told from one
  .filter(
    ([scheme, , info, at]) =>
      !(at.startsWith('%') && /[/#?]/.test(info)) && !(scheme === 'unix' && !info.includes(':')),
  )
  .map(parts => parts.join(''));

describe('no error tells a secret', () => {
  it('of a URL, however badly it is written: not by what is thrown, by a state, a warning or the console [S140]', () => {
    const uses: ((text: string, tell: (value: unknown) => void) => void)[] = [
      (text, tell) => connectTo(text, {}, tell),
      (text, tell) => connectTo(text, { transport: () => throwError(() => new Error('no')) }, tell),
      (text, tell) => connectUnwatched(text, {}, tell),
      (text, tell) => connectUnwatched('mqtt://h', { perAttempt: () => of({ url: text }) }, tell),
      (text, tell) => connectTo([{ url: text }, { url: 'mqtt://h', options: { [text]: 1 } }], {}, tell),
      (text, tell) => connectTo('mqtt://h', { perAttempt: () => of({ url: text }) }, tell),
      (text, tell) => connectTo('mqtt://h', { proxy: text, [text]: 1 }, tell),
      (text, tell) => connectTo('mqtt://h', { will: { topic: `${text}/#`, payload: '' } }, tell),
      (text, tell) => connectTo('mqtt://h', { proxy: text }, tell),
      text => void fromConfig({ url: text }),
      text => void fromConfig({ server: text }),
    ];
    fc.assert(
      fc.property(url, fc.constantFrom(...uses), (text, use) => {
        expect(outcomeOf(tell => use(text, tell))).not.to.include(MARK);
      }),
      { numRuns: 3000 },
    );
  });

  it('of username or password, whatever else is wrong with the options', () => {
    fc.assert(
      fc.property(mistakes, fc.option(credential), credential, (mistake, username, password) => {
        const error = errorOf({ ...mistake, ...(username === null ? {} : { username }), password });
        if (error) expect(everything(error)).not.to.include(MARK);
      }),
    );
  });

  it('that was put under a key that does not exist, or in the wrong place', () => {
    const places = [
      (text: string) => ({ pasword: text }),
      (text: string) => ({ passwords: { mqtt: text } }),
      (text: string) => ({ properties: { authenticationData: new TextEncoder().encode(text) } }),
      (text: string) => ({ properties: { authenticationData: text } }),
      (text: string) => ({ will: { topic: 't', password: text } }),
      (text: string) => ({ [`mqtt://user:${text}@host`]: 1 }),
      (text: string) => ({ will: { topic: `mqtt://user:${text}@host/#` } }),
      (text: string) => ({ transport: `mqtt://user:${text}@host` }),
      (text: string) => ({ reconnect: `mqtt://user:${text}@host` }),
      (text: string) => ({ protocolVersion: `mqtt://user:${text}@host` }),
      (text: string) => `mqtt://user:${text}@host`,
    ];
    fc.assert(
      fc.property(secret, fc.constantFrom(...places), (text, place) => {
        const error = errorOf(place(text));
        expect(error).to.be.instanceOf(MqttError);
        expect(everything(error!)).not.to.include(MARK);
      }),
    );
  });
});
