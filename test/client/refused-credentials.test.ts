import { expect } from 'chai';
import { of } from 'rxjs';
import { type MqttError, type MqttOptions, type ServerOptions } from '../../src/index.js';
import { connecting } from '../support/journey.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack } from '../support/packets.js';

const SECRET = 's3cret';
const BAD_LOGIN = 0x86;
const NOT_AUTHORIZED = 0x87;

type Case = readonly [what: string, servers: string | ServerOptions[], options: MqttOptions, words: string];

const cases: readonly Case[] = [
  ['the URL', `mqtt://joe:${SECRET}@a`, {}, "the user name 'joe' and a password, both from the URL"],
  [
    'the options, which go before the URL',
    'mqtt://ann:other@a',
    { username: 'joe', password: SECRET },
    "the user name 'joe' and a password, both from the options",
  ],
  [
    'the URL and the options',
    'mqtt://joe@a',
    { password: SECRET },
    "the user name 'joe' from the URL, and a password from the options",
  ],
  [
    'the options of the server',
    [{ url: 'mqtt://a', options: { password: SECRET } }],
    { username: 'joe', password: 'other' },
    "the user name 'joe' from the options, and a password from the options of the server",
  ],
  [
    'perAttempt',
    'mqtt://a',
    { username: 'joe', perAttempt: () => [{ password: SECRET }] },
    "the user name 'joe' from the options, and a password from 'perAttempt'",
  ],
  [
    'the URL that perAttempt gives',
    'mqtt://b',
    { perAttempt: () => [{ url: `mqtt://joe:${SECRET}@a` }] },
    "the user name 'joe' and a password, both from the URL",
  ],
  [
    'onConnectPacket',
    'mqtt://a',
    { username: 'joe', onConnectPacket: packet => ({ ...packet, password: Buffer.from(SECRET) }) },
    "the user name 'joe' from the options, and a password from 'onConnectPacket'",
  ],
  ['nowhere', 'mqtt://a', {}, "no user name and no password: set 'username' and 'password'"],
  ['a user name alone, which may be a token', `mqtt://${SECRET}@a`, {}, 'a user name from the URL, and no password'],
  ['a password alone', 'mqtt://a', { password: SECRET }, 'a password from the options, and no user name'],
  [
    'an authentication method',
    'mqtt://a',
    { authentication: { method: 'TOKEN', exchange: () => of(Buffer.from(SECRET)) } },
    "no user name and no password, and the authentication method 'TOKEN'",
  ],
];

describe('a broker that refuses the credentials [S147]', () => {
  for (const [what, servers, options, words] of cases) {
    it(
      `is said to have been given those of ${what}`,
      mqttMarbles(({ broker, flush }) => {
        const transport = broker(['-u', '-u'], { u: connack({ reasonCode: BAD_LOGIN }) });
        const client = connecting(servers, { transport, ...options }, 100);
        const errors: MqttError[] = [];
        client.connection$.subscribe(state => {
          if (state.status === 'closed' && state.error !== undefined) errors.push(state.error);
        });
        flush();
        const [error] = errors;
        expect(error).to.include({
          code: 'CONNECTION_REFUSED',
          reasonCode: BAD_LOGIN,
          phase: 'mqtt',
          retryable: false,
        });
        const head = 'the broker refused the connection: 0x86 bad user name or password';
        const [said] = error!.message.split(/: option '\w+' was called again/);
        expect(said).to.equal(`${head}; mqtt://a was given ${words}`);
        expect(`${error!.stack} ${JSON.stringify(error)}`).to.not.include(SECRET);
      }),
    );
  }

  for (const [reasonCode, returnCode] of [
    [BAD_LOGIN, 4],
    [NOT_AUTHORIZED, 5],
  ] as const) {
    it(
      `says so of return code ${returnCode} of 3.1.1, too`,
      mqttMarbles(({ broker, flush }) => {
        const transport = broker(['-u'], { u: connack({ reasonCode, returnCode }) });
        const client = connecting(`mqtt://joe:${SECRET}@a`, { transport, protocolVersion: 4 }, 100);
        const messages: string[] = [];
        client.connect().subscribe({ error: (error: unknown) => messages.push((error as MqttError).message) });
        flush();
        expect(messages).to.have.length(1);
        expect(messages[0]).to.match(/, return code \d; mqtt:\/\/a was given the user name 'joe' and a password/);
      }),
    );
  }

  it(
    'says nothing of them where the refusal is about something else',
    mqttMarbles(({ broker, flush }) => {
      const transport = broker(['-u'], { u: connack({ reasonCode: 0x8a }) });
      const client = connecting(`mqtt://joe:${SECRET}@a`, { transport }, 100);
      const messages: string[] = [];
      client.connect().subscribe({ error: (error: unknown) => messages.push((error as MqttError).message) });
      flush();
      expect(messages).to.deep.equal(['the broker refused the connection: 0x8a banned']);
    }),
  );
});
