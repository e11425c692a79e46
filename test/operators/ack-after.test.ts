import { expect } from 'chai';
import {
  NEVER,
  Observable,
  type ObservableInput,
  Subject,
  VirtualTimeScheduler,
  map,
  of,
  take,
  throwError,
  timer,
} from 'rxjs';
import {
  type AckAfterOptions,
  type AckableMessage,
  type Consumed,
  type LeaveOptions,
  type MqttError,
  MqttMessage,
  ackAfter,
} from '../../src/index.js';
import { testScheduler } from '../support/marbles.js';

/** A message that notes what is said of it. */
function message(topic: string, said: string[], stale = false): AckableMessage {
  const say = (word: string) => {
    said.push(`${topic} ${word}`);
    if (!stale && !word.startsWith('leave')) it.acknowledged = true;
    return !stale;
  };
  const it = Object.assign(new MqttMessage(topic, new Uint8Array(10), 1, false, false), {
    stale,
    acknowledged: false,
    ack: () => say('ack'),
    reject: (code = 0x83) => say(`reject ${code}`),
    leave: ({ reconnectAfter }: LeaveOptions = {}) => say(['leave', reconnectAfter].filter(Boolean).join(' ')),
  });
  return it;
}

const what = (how: Consumed): string => {
  if (how.status === 'done') return String(how.value);
  if (how.status === 'dropped') return how.reason;
  return how.status === 'failed' ? String(how.error) : `${how.attempt} in ${how.delay}`;
};

const inWords = (how: Consumed): string =>
  [how.status, how.message.topic, what(how), how.acknowledged || how.status === 'retrying' ? '' : 'unacknowledged']
    .filter(Boolean)
    .join(' ');

interface Given extends AckAfterOptions {
  handler?: () => ObservableInput<unknown> | void;
  /** Topics. */
  stale?: string[];
  error?: unknown;
}

/** Runs messages through handlers that take 3 ms each, unless said otherwise. */
function run(
  marbles: string,
  expected: string,
  values: Record<string, string>,
  { handler = () => timer(3), stale = [], error, ...options }: Given = {},
): string[] {
  const said: string[] = [];
  testScheduler().run(({ cold, expectObservable }) => {
    const message$ = cold(marbles).pipe(map(topic => message(topic, said, stale.includes(topic))));
    const how$ = message$.pipe(ackAfter(handler, options), map(inWords));
    expectObservable(how$).toBe(expected, values, error);
  });
  return said;
}

describe('ackAfter', () => {
  it('one after the other, acknowledged when done; completes after the last', () => {
    expect(run('ab|', '---a--(b|)', { a: 'done a 0', b: 'done b 0' })).to.deep.equal(['a ack', 'b ack']);
  });

  it('several at a time', () => {
    const values = { a: 'done a 0', b: 'done b 0', c: 'done c 0' };
    run('(abc)|', '-----(ab)-(c|)', values, { concurrency: 2, handler: () => timer(5) });
    run('(abc|)', '---(abc|)', values, { concurrency: Infinity });
  });

  it('handlers that complete at once, with a value or with nothing, also thousands of them', () => {
    run('ab|', 'ab|', { a: 'done a undefined', b: 'done b undefined' }, { handler: () => undefined });
    run('ab|', 'ab|', { a: 'done a 2', b: 'done b 2' }, { handler: () => of(1, 2) });
    run('a|', 'a|', { a: 'done a 7' }, { handler: () => [7] });
    const said: string[] = [];
    const source$ = new Subject<AckableMessage>();
    const gate$ = new Subject<void>();
    let done = 0;
    let first = true;
    source$.pipe(ackAfter(() => (first ? ((first = false), gate$) : undefined))).subscribe(() => done++);
    for (let i = 0; i < 20_000; i++) source$.next(message('t', said));
    gate$.complete();
    expect(done).to.equal(20_000);
  });

  const boom = () => throwError(() => 'boom');
  it("onError 'fail', the default: the stream errors, the message is left", () => {
    expect(run('ab|', '#', {}, { handler: boom, error: 'boom' })).to.deep.equal(['a leave']);
  });

  it("onError 'leave', 'ack' and 'reject': the stream goes on", () => {
    const failed = { a: 'failed a boom', b: 'failed b boom' };
    const left = { a: 'failed a boom unacknowledged', b: 'failed b boom unacknowledged' };
    expect(run('ab|', 'ab|', left, { handler: boom, onError: 'leave' })).to.deep.equal(['a leave', 'b leave']);
    expect(run('ab|', 'ab|', failed, { handler: boom, onError: 'ack' })).to.deep.equal(['a ack', 'b ack']);
    const reject = { handler: boom, onError: 'reject', reasonCode: 0x99 } as const;
    expect(run('ab|', 'ab|', failed, reject)).to.deep.equal(['a reject 153', 'b reject 153']);
  });

  const failing = (times: number) => {
    let calls = 0;
    return () => timer(1).pipe(map(() => (++calls > times ? calls : fail())));
  };
  const fail = (): never => {
    throw 'boom';
  };

  it("onError 'retry': calls the handler again after a delay that doubles, and shows each failure; the others wait [S84]", () => {
    const values = {
      r: 'retrying a 1 in 2',
      s: 'retrying a 2 in 4',
      t: 'retrying a 3 in 5',
      a: 'done a 4',
      b: 'done b 5',
    };
    const options = { onError: 'retry', retry: { initial: 2, max: 5 }, handler: failing(3) } as const;
    expect(run('ab|', '-r--s----t-----a(b|)', values, options)).to.deep.equal(['a ack', 'b ack']);
  });

  it("onError 'retry' gives up after maxRetries, with what giveUp says [S84]", () => {
    const values = { r: 'retrying a 1 in 2', f: 'failed a boom', l: 'failed a boom unacknowledged' };
    const options = { onError: 'retry', handler: failing(Infinity) } as const;
    const retry = { initial: 2, maxRetries: 1 };
    expect(run('a|', '-r--#', values, { ...options, retry, error: 'boom' })).to.deep.equal(['a leave']);
    expect(run('a|', '-r--(f|)', values, { ...options, retry: { ...retry, giveUp: 'ack' } })).to.deep.equal(['a ack']);
    const reject = { ...options, retry: { ...retry, giveUp: 'reject' }, reasonCode: 0x99 } as const;
    expect(run('a|', '-r--(f|)', values, reject)).to.deep.equal(['a reject 153']);
    const leave = { ...options, retry: { ...retry, giveUp: 'leave' }, reconnectAfter: 7 } as const;
    expect(run('a|', '-r--(l|)', values, leave)).to.deep.equal(['a leave 7']);
    const never = { ...options, retry: { maxRetries: 0, giveUp: 'ack' } } as const;
    expect(run('a|', '-(f|)', values, never)).to.deep.equal(['a ack']);
  });

  it("onError 'retry': a message that goes stale meanwhile is not tried again, and the stream goes on [S84]", () => {
    const said: string[] = [];
    const log: string[] = [];
    testScheduler().run(({ cold }) => {
      const one = message('a', said) as { stale: boolean } & AckableMessage;
      const handler = failing(1);
      cold('a---b|', { a: one, b: message('b', said) })
        .pipe(ackAfter(handler, { onError: 'retry', retry: { initial: 5 } }), map(inWords))
        .subscribe(words => log.push(words));
      timer(3).subscribe(() => (one.stale = true));
    });
    expect([log, said]).to.deep.equal([['retrying a 1 in 5', 'failed a boom unacknowledged', 'done b 2'], ['b ack']]);
  });

  it("onError 'retry': unsubscribing ends the retries; they run on the scheduler given", () => {
    const scheduler = new VirtualTimeScheduler();
    let calls = 0;
    const handler = () => {
      calls++;
      return boom();
    };
    const options = { onError: 'retry', retry: { initial: 1000, factor: 1 }, scheduler } as const;
    const retries = of(message('a', [])).pipe(ackAfter(handler, options), take(4)).subscribe();
    scheduler.flush();
    expect([calls, scheduler.now(), retries.closed]).to.deep.equal([4, 3000, true]);
  });

  it('what the handler has answered itself counts, and what has to wait is pending', () => {
    const said: string[] = [];
    const log: unknown[] = [];
    const one = message('a', said);
    const two = Object.assign(message('b', said), {
      ack: () => false,
      reject: () => true,
      acknowledged: 'pending' as const,
    });
    of(one, two)
      .pipe(ackAfter(each => void each.reject()))
      .subscribe(({ acknowledged }) => log.push(acknowledged));
    expect(log).to.deep.equal([true, 'pending']);
  });

  it('a handler that throws has failed', () => {
    const handler = () => {
      throw new Error('boom');
    };
    run('a|', 'a|', { a: 'failed a Error: boom' }, { handler, onError: 'ack' });
  });

  it('a handler that never completes holds its place, and unsubscribing ends it', () => {
    const said: string[] = [];
    const source$ = new Subject<AckableMessage>();
    let ended = 0;
    const handler = () => new Observable<never>(() => () => ended++);
    const subscription = source$.pipe(ackAfter(handler)).subscribe();
    source$.next(message('a', said));
    source$.next(message('b', said));
    subscription.unsubscribe();
    expect([said, ended, source$.observed]).to.deep.equal([[], 1, false]);
  });

  it('a message that went stale while it waited is not handled, and shown', () => {
    run('(ab|)', '---(ab|)', { a: 'done a 0', b: 'dropped b stale unacknowledged' }, { stale: ['b'] });
  });

  it('the buffer drops the oldest, or the newest, as values, and acknowledges them', () => {
    const values = { b: 'dropped b overflow', c: 'dropped c overflow', A: 'done a 0', C: 'done c 0', B: 'done b 0' };
    run('(abc)|', 'b--A--(C|)', values, { buffer: { size: 1, overflow: 'dropOldest' } });
    run('(abc)|', 'c--A--(B|)', values, { buffer: { size: 1, overflow: 'dropNewest' } });
    run('(abc)|', 'c--A--(B|)', values, { buffer: { bytes: 15, overflow: 'dropNewest' } });
  });

  it('the buffer holds exactly its size, and exactly its bytes', () => {
    const done = { A: 'done a 0', B: 'done b 0', C: 'done c 0' };
    run('(abc)|', '---A--B--(C|)', done, { buffer: { size: 2, overflow: 'dropNewest' } });
    run('(abc)|', '---A--B--(C|)', done, { buffer: { bytes: 20, overflow: 'dropNewest' } });
    const values = { ...done, c: 'dropped c overflow' };
    run('(abc)|', 'c--A--(B|)', values, { buffer: { bytes: 19, overflow: 'dropNewest' } });
  });

  it('the bytes of a message count while it waits, and one message is never too large', () => {
    const values = { A: 'done a 0', B: 'done b 0', C: 'done c 0', D: 'done d 0' };
    run('(ab)(cd)|', '---A--B--C--(D|)', values, { buffer: { bytes: 20, overflow: 'dropNewest' } });
    run('(ab)|', '---A--(B|)', values, { buffer: { bytes: 1, overflow: 'dropNewest' } });
  });

  it("or ends the stream with 'error'", () => {
    const source$ = new Subject<AckableMessage>();
    const codes: unknown[] = [];
    source$
      .pipe(ackAfter(() => NEVER, { buffer: { size: 1, overflow: 'error' } }))
      .subscribe({ error: (error: unknown) => codes.push((error as MqttError).code) });
    for (const topic of 'abc') source$.next(message(topic, []));
    expect(codes).to.deep.equal(['RECEIVE_OVERFLOW']);
  });

  for (const [subject, options] of Object.entries({
    concurrency: { concurrency: 0 },
    onError: { onError: 'again' },
    retry: { retry: {} },
    'retry.initial': { onError: 'retry', retry: { initial: 0 } },
    'retry.max': { onError: 'retry', retry: { max: Infinity } },
    'retry.factor': { onError: 'retry', retry: { factor: 0.5 } },
    'retry.maxRetries': { onError: 'retry', retry: { maxRetries: -1 } },
    'retry.giveUp': { onError: 'retry', retry: { giveUp: 'retry' } },
    jitter: { onError: 'retry', retry: { jitter: 'none' } },
    reconnectAfter: { onError: 'leave', reconnectAfter: 0 },
    reasonCode: { onError: 'reject', reasonCode: 0x82 },
    'buffer.size': { buffer: { size: 0 } },
    'buffer.bytes': { buffer: { bytes: 1.5 } },
    'buffer.overflow': { buffer: { overflow: 'drop' } },
    parallel: { parallel: 2 },
    buffer: { buffer: 7 },
  })) {
    it(`${JSON.stringify(options)} is INVALID_ARGUMENT`, () => {
      expect(() => ackAfter(() => undefined, options as AckAfterOptions))
        .to.throw()
        .that.includes({ code: 'INVALID_ARGUMENT', subject });
    });
  }

  it('a reason code without a refusal is INVALID_ARGUMENT', () => {
    expect(() => ackAfter(() => undefined, { reasonCode: 0x83 })).to.throw("'reject'");
  });
});
