import { expect } from 'chai';
import fc from 'fast-check';
import { inspect } from 'node:util';
import {
  validateAttemptOptions,
  validateOptions,
  validateServerOptions,
} from '../../../src/client/options/validate-options.js';
import { MqttError } from '../../../src/errors.js';

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

describe('no error tells a secret', () => {
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
