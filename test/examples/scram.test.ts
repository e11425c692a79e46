import { expect } from 'chai';
import { type Subscription, Subject, firstValueFrom, from } from 'rxjs';
import { ScramServer, store } from '../../examples/scram/server.js';
import { scramSha256 } from '../../examples/scram/scram.js';
import type { AuthenticationChallenge } from '../../src/index.js';
import { closedAfterEach, connected, failure, inState, quick } from '../broker/support.js';
import { describeWithoutLeaks } from '../support/resources.js';
import type { WrongServer } from '../support/tcp-servers.js';
import { startScramBroker } from './scram-broker.js';

// RFC 7677 section 3
const vector = {
  nonce: 'rOprNGfwEbeRWgbNEkqO',
  serverNonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
  salt: Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'),
  clientFirst: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
  serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  clientFinal:
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
};

/** One conversation by hand: what the client says in turn, and how it ended. */
class Conversation {
  readonly #challenge$ = new Subject<AuthenticationChallenge>();
  readonly #said: string[] = [];
  readonly #subscription: Subscription;
  #wake = (): void => undefined;
  ended: unknown;

  constructor(credentials = { username: 'user', password: 'pencil' }) {
    const { exchange } = scramSha256({ ...credentials, nonce: () => vector.nonce });
    const context = { reauthentication: false, url: 'mqtt://broker', clientId: 'me' };
    const end = (how: unknown) => {
      this.ended = how;
      this.#wake();
    };
    this.#subscription = from(exchange(this.#challenge$, context)).subscribe({
      next: value => {
        this.#said.push(String(value));
        this.#wake();
      },
      error: end,
      complete: () => end('accepted'),
    });
  }

  /** What the client says next, or how it ends. */
  async next(): Promise<unknown> {
    while (this.#said.length === 0 && this.ended === undefined) await new Promise<void>(wake => (this.#wake = wake));
    return this.#said.shift() ?? (this.ended instanceof Error ? this.ended.message : this.ended);
  }

  hear(text: string, final = false): Promise<unknown> {
    this.#challenge$.next({ data: Buffer.from(text), final });
    if (final) this.#challenge$.complete();
    return this.next();
  }

  close(): void {
    this.#subscription.unsubscribe();
  }
}

describe('SCRAM-SHA-256', () => {
  let client: Conversation;
  afterEach(() => client?.close());

  it('says what RFC 7677 says, on the client', async () => {
    client = new Conversation();
    expect(await client.next()).to.equal(vector.clientFirst);
    expect(await client.hear(vector.serverFirst)).to.equal(vector.clientFinal);
    expect(await client.hear(vector.serverFinal, true)).to.equal('accepted');
  });

  it('says what RFC 7677 says, on the server', () => {
    const server = new ScramServer(new Map([['user', store('pencil', vector.salt)]]), vector.serverNonce);
    expect(server.challenge(vector.clientFirst)).to.equal(vector.serverFirst);
    expect(server.verify(vector.clientFinal)).to.equal(vector.serverFinal);
  });

  it('escapes the user name', async () => {
    client = new Conversation({ username: 'a=b,c', password: 'p' });
    expect(await client.next()).to.equal(`n,,n=a=3Db=2Cc,r=${vector.nonce}`);
  });

  for (const [what, serverFirst, words] of [
    ['another nonce', 'r=other,s=AAAA,i=4096', 'nonce'],
    ['nothing but our nonce', `r=${vector.nonce},s=AAAA,i=4096`, 'nonce'],
    ['too few rounds', vector.serverFirst.replace('4096', '4095'), '4095 rounds'],
    ['rounds for hours', vector.serverFirst.replace('4096', '4000000000'), '4000000000 rounds'],
    ['something else', 'e=other-error', 'nonce'],
  ] as const) {
    it(`refuses a server that sends ${what}`, async () => {
      client = new Conversation();
      await client.next();
      expect(await client.hear(serverFirst)).to.include(words);
    });
  }

  it('refuses a server that accepts without a proof: nothing, a wrong one, or before it was asked for one', async () => {
    for (const [challenges, last] of [
      [[vector.serverFirst], ''],
      [[vector.serverFirst], 'v=AAAA'],
      [[], vector.serverFinal],
      [[], ''],
    ] as const) {
      client = new Conversation();
      await client.next();
      for (const challenge of challenges) await client.hear(challenge);
      expect(await client.hear(last, true)).to.include('not proved');
      client.close();
    }
  });

  it('refuses a server that asks a second time', async () => {
    client = new Conversation();
    await client.next();
    await client.hear(vector.serverFirst);
    expect(await client.hear(vector.serverFirst)).to.include('a second time');
  });
});

describeWithoutLeaks('SCRAM-SHA-256 over a socket', () => {
  const client = closedAfterEach();
  const users = new Map([['user', store('pencil')]]);
  let broker: WrongServer;
  afterEach(() => broker.close());

  const by = (password: string) => ({ ...quick, authentication: scramSha256({ username: 'user', password }) });

  it('connects, and authenticates anew', async () => {
    broker = await startScramBroker(users);
    const mqtt = client(broker.url, by('pencil'));
    await connected(mqtt);
    await firstValueFrom(mqtt.reauthenticate());
    await firstValueFrom(mqtt.reauthenticate());
    expect(broker.connections()).to.equal(1);
  });

  it('stops with a wrong password, after a second try', async () => {
    broker = await startScramBroker(users);
    const error = await failure(client(broker.url, by('pen')).connect());
    expect(error).to.include({ code: 'CONNECTION_REFUSED', reasonCode: 0x87 });
  });

  it('refuses a server that does not know the password', async () => {
    broker = await startScramBroker(users, () => 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
    const mqtt = client(broker.url, by('pencil'));
    mqtt.topic$('t').subscribe();
    const { error } = await inState(mqtt, 'reconnecting');
    expect(error).to.include({ code: 'AUTHENTICATION_FAILED', phase: 'auth' });
    expect((error.cause as Error).message).to.include('not proved');
  });
});
