import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { NEVER, Subject, finalize, firstValueFrom, map, of, throwError, timer } from 'rxjs';
import { type MqttOptions, type PerAttemptOptions, MqttError } from '../../src/index.js';
import { connecting, journey } from '../support/journey.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack } from '../support/packets.js';

const fixed = { initial: 3, jitter: 'none', factor: 1 } as const;
const a = connack();

describe('reconnect: a perAttempt that does not work must not hold the client up', () => {
  const failing: [what: string, perAttempt: NonNullable<MqttOptions['perAttempt']>, after: number][] = [
    ['throws', () => raise(new Error('s3cret')), 0],
    ['errors', () => throwError(() => new Error('s3cret')), 0],
    ['errors with an MqttError', () => throwError(() => new MqttError('CLIENT_CLOSED', 's3cret')), 0],
    ['gives nothing', () => [], 0],
    ['is silent for optionsTimeout', () => NEVER, 5],
  ];
  for (const [what, perAttempt, after] of failing) {
    it(
      `that ${what} is OPTIONS_FAILED, and a failed attempt like any other`,
      mqttMarbles(({ broker, expectTimeline }) => {
        const options = { transport: broker([]), reconnect: fixed, optionsTimeout: 5, perAttempt };
        const client = connecting('mqtt://a', options, after + 4);
        expectTimeline(journey(client)).toBe(
          '0 connecting mqtt://a',
          `${after} waiting 3: OPTIONS_FAILED`,
          `${after + 3} connecting mqtt://a`,
          ...(after === 0 ? ['3 waiting 3: OPTIONS_FAILED'] : []),
          `${after + 4} closed`,
          `${after + 4} |`,
        );
        client.connection$.subscribe(state => {
          if (state.status !== 'reconnecting') return;
          expect(state.error).to.include({ phase: 'options', subject: 'perAttempt', retryable: true });
          expect(state.error.message).to.not.include('s3cret');
        });
      }),
    );
  }

  it(
    'has 30 s by default',
    mqttMarbles(({ expectTimeline }) => {
      const client = connecting('mqtt://a', { reconnect: fixed, perAttempt: () => NEVER }, 30_001);
      expectTimeline(journey(client)).toBe(
        '0 connecting mqtt://a',
        '30000 waiting 3: OPTIONS_FAILED',
        '30001 closed',
        '30001 |',
      );
    }),
  );

  const answers: [what: string, answer: object][] = [
    ['an option of the client', { queue: {} }],
    ['an option that is not', { keepAlive: 5 }],
    ['no URL', { url: 'broker' }],
    ['a url that is no text', { url: 5 }],
    ['what contradicts the options', { sessionExpiry: 5, protocolVersion: 4 }],
  ];
  for (const [what, answer] of answers) {
    it(
      `that answers ${what} is the end: INVALID_ARGUMENT`,
      mqttMarbles(({ broker, expectTimeline }) => {
        const client = connecting('mqtt://a', { transport: broker(['-a'], { a }), perAttempt: () => of(answer) }, 9);
        expectTimeline(journey(client)).toBe('0 connecting mqtt://a', '0 closed: INVALID_ARGUMENT', '0 |');
      }),
    );
  }

  it(
    'a late answer after disconnect() is ignored',
    mqttMarbles(({ broker, act, sent, expectTimeline }) => {
      let unsubscribed = 0;
      const perAttempt = () =>
        timer(5).pipe(
          map(() => ({ username: 'late' })),
          finalize(() => unsubscribed++),
        );
      const client = connecting('mqtt://a', { transport: broker(['-a'], { a }), perAttempt }, 9);
      act('--d', { d: () => client.disconnect().subscribe({ complete: () => expect(unsubscribed).to.equal(1) }) });
      expectTimeline(sent(client)).toBe();
      expectTimeline(journey(client)).toBe('0 connecting mqtt://a', '2 closed', '2 |');
    }),
  );

  it('also that of a promise, which cannot be called back', async () => {
    let answer: (options: PerAttemptOptions) => void = () => undefined;
    let opened = 0;
    const transport = () => {
      opened++;
      return NEVER;
    };
    const asked = new Subject<void>();
    const perAttempt = () => {
      asked.next();
      return new Promise<PerAttemptOptions>(resolve => (answer = resolve));
    };
    const isAsked = firstValueFrom(asked);
    const client = connecting('mqtt://a', { transport, perAttempt }, 1000);
    await isAsked;
    client.close();
    answer({ username: 'late' });
    await setImmediate(); // all that the answer leads to has happened by then
    expect(opened).to.equal(0);
  });
});

function raise(error: Error): never {
  throw error;
}
