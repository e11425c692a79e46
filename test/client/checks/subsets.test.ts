import { expect } from 'chai';
import { EMPTY, asyncScheduler } from 'rxjs';
import { validateAttemptOptions, validateServerOptions } from '../../../src/client/options/validate-options.js';
import type { MqttOptions } from '../../../src/options/options.js';
import { accepts, refuses } from './refusals.js';

const clientsOwn = {
  scheduler: asyncScheduler,
  random: () => 0,
  autoConnect: true,
  reconnect: false,
  verdict: () => 'retry',
  optionsTimeout: 5,
  queue: {},
  resubscribe: 'never',
  republish: 'never',
  perAttempt: () => EMPTY,
};

describe('validateAttemptOptions', () => {
  for (const [key, value] of Object.entries(clientsOwn)) {
    describe(key, () =>
      refuses(validateAttemptOptions, [
        [{ [key]: value }, key, 'belongs to the client', 'per attempt', "'perAttempt'"],
      ]),
    );
  }
  refuses(validateAttemptOptions, [
    [{ keepalive: -1 }, 'keepalive', '-1'],
    [{ keepAlive: 1 }, 'keepAlive', "did you mean 'keepalive'?"],
    [{ schedular: 1 }, 'schedular', 'unknown option'],
    [{ clientId: '', clean: false }, 'clientId', "'clean'"],
    [undefined, 'options', 'undefined'],
  ]);

  describe('together with the options that it comes on top of', () => {
    const on = (base: MqttOptions) => (answer: unknown) => validateAttemptOptions(answer, base);
    refuses(on({ protocolVersion: 4 }), [
      [{ sessionExpiry: 5 }, 'sessionExpiry', '5.0 only'],
      [{ password: 'x' }, 'password', "'username'"],
    ]);
    refuses(on({ clean: false }), [[{}, 'clientId', "option 'clientId' is missing"]]);
    refuses(on({}), [[{ clean: false }, 'clientId', "option 'clientId' is missing"]]);
    accepts(on({ clean: false }), [{ clientId: 'me' }, { clean: true }]);
    refuses(on({ sessionExpiry: 5 }), [[{ protocolVersion: 4 }, 'sessionExpiry', '5.0 only']]);
    accepts(on({ protocolVersion: 4, username: 'u' }), [{ password: 'x' }, { protocolVersion: 5, sessionExpiry: 5 }]);
    it('a user name may come from the URL', () => {
      const attempt = (nameInUrl: boolean) =>
        validateAttemptOptions({ password: 'x' }, { protocolVersion: 4 }, nameInUrl);
      expect(() => attempt(true)).to.not.throw();
      expect(() => attempt(false)).to.throw("'username'");
    });
    it('gives back the answer alone', () => {
      expect(validateAttemptOptions({ password: 'x' }, { username: 'u' })).to.deep.equal({ password: 'x' });
    });
  });

  accepts(validateAttemptOptions, [{}, { username: 'u', password: 'token', will: { topic: 't' }, keepalive: 5 }]);

  it('does not propose a key that it refuses', () => {
    expect(() => validateAttemptOptions({ schedular: 1 }))
      .to.throw()
      .with.property('message')
      .not.match(/scheduler/);
  });
});

describe('validateServerOptions', () => {
  refuses(validateServerOptions, [
    [{ queue: {} }, 'queue', 'cannot differ between servers'],
    [{ scheduler: asyncScheduler }, 'scheduler', 'cannot differ between servers'],
    [{ protocolVersion: 6 }, 'protocolVersion', '6'],
    [{ passwd: 'x' }, 'passwd', "did you mean 'password'?"],
    [{ tcp: { noDelay: 'x' } }, 'tcp.noDelay', 'true or false'],
    [7, 'options', 'a number'],
  ]);
  accepts(validateServerOptions, [
    {},
    { protocolVersion: 4, username: 'u', password: 'p', tcp: { noDelay: true }, transport: () => EMPTY },
    // the user name may be the client's
    { protocolVersion: 4, password: 'p' },
  ]);
});
