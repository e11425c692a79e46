import { expect } from 'chai';
import {
  NEVER,
  Observable,
  Subject,
  type Subscriber,
  Subscription,
  config,
  firstValueFrom,
  lastValueFrom,
  map,
  of,
  repeat,
  takeUntil,
} from 'rxjs';
import { PublishObservable, type PublishStarter } from '../../src/client/publishing/publish-observable.js';
import type { Publication } from '../../src/client/publishing/publication.js';
import { SinglePublication } from '../../src/client/publishing/publish-subscription.js';
import type { PublishResult } from '../../src/results.js';

const result: PublishResult = {
  topic: 'a',
  qos: 1,
  requestedQoS: 1,
  reached: 'acknowledged',
  packetId: 1,
  reasonCode: 0,
};

/** An observable of `publish()` without a client, and what becomes of the messages that are published with it. */
function setUp(accept: (publication: SinglePublication) => void = () => undefined) {
  const published: SinglePublication[] = [];
  const abandoned: Publication[] = [];
  const startPublish: PublishStarter['startPublish'] = (topic, payload, options = {}, subscription) => {
    const publication = new SinglePublication(topic, payload as Uint8Array, options, undefined, subscription);
    subscription.attach(publication, {
      abandon: dropped => {
        dropped.isSettled = true;
        abandoned.push(dropped);
      },
    });
    published.push(publication);
    accept(publication);
  };
  const succeed = (publication = published[0]!) => {
    publication.isSettled = true;
    publication.onReached(result);
  };
  const fail = (error: unknown, publication = published[0]!) => {
    publication.isSettled = true;
    publication.onFailed(error as never);
  };
  const result$ = new PublishObservable({ startPublish }, 'a', new Uint8Array(1), { qos: 1 });
  return { result$, published, abandoned, succeed, fail };
}

/** Records what an observer is told. */
function recorder() {
  const log: unknown[] = [];
  return {
    log,
    next: (value: unknown) => void log.push(value),
    error: (error: unknown) => void log.push(['error', error]),
    complete: () => void log.push('complete'),
  };
}

/** Runs the body, and returns the errors that RxJS reports as unhandled. */
async function unhandled(body: () => void): Promise<unknown[]> {
  const errors: unknown[] = [];
  const before = config.onUnhandledError;
  config.onUnhandledError = error => errors.push(error);
  try {
    body();
    await new Promise(resolve => setTimeout(resolve)); // RxJS reports in a timer of 0 ms
  } finally {
    config.onUnhandledError = before;
  }
  return errors;
}

describe('the subscription to publish()', () => {
  it('gives the result to an observer, completes and is closed', () => {
    const { result$, succeed, abandoned } = setUp();
    const { log, ...observer } = recorder();
    const subscription = result$.subscribe(observer);
    expect(subscription).to.be.instanceOf(Subscription);
    expect(subscription.closed).to.equal(false);
    succeed();
    expect(log).to.deep.equal([result, 'complete']);
    expect(subscription.closed).to.equal(true);
    subscription.unsubscribe();
    expect(abandoned).to.deep.equal([]);
  });

  it('takes functions in place of an observer, and no observer at all', () => {
    const { result$, published, succeed, fail } = setUp();
    const { log, next, error, complete } = recorder();
    result$.subscribe(next);
    // eslint-disable-next-line rxjs-x/prefer-observer -- RxJS 7 has this signature
    result$.subscribe(null, error, complete);
    // eslint-disable-next-line rxjs-x/prefer-observer -- RxJS 7 has this signature
    result$.subscribe(next, error);
    const subscription = result$.subscribe();
    published.slice(0, 2).forEach(succeed);
    fail('refused', published[2]);
    succeed(published[3]);
    expect(log).to.deep.equal([result, 'complete', ['error', 'refused']]);
    expect(subscription.closed).to.equal(true);
  });

  it('calls the methods of an observer as methods', () => {
    const { result$, succeed } = setUp();
    class Collector {
      readonly results: PublishResult[] = [];
      next(value: PublishResult): void {
        this.results.push(value);
      }
    }
    const collector = new Collector();
    result$.subscribe(collector);
    succeed();
    expect(collector.results).to.deep.equal([result]);
  });

  it('abandons the message once when it is unsubscribed, and gives no outcome after that', () => {
    const { result$, published, abandoned } = setUp();
    const { log, ...observer } = recorder();
    const subscription = result$.subscribe(observer);
    subscription.unsubscribe();
    subscription.unsubscribe();
    expect(abandoned).to.deep.equal(published);
    expect(log).to.deep.equal([]);
  });

  it('does not complete an observer that unsubscribes when it gets the result', () => {
    const { result$, succeed, abandoned } = setUp();
    const { log, ...observer } = recorder();
    const subscription: Subscription = result$.subscribe({
      ...observer,
      next: value => {
        observer.next(value);
        subscription.unsubscribe();
      },
    });
    succeed();
    expect(log).to.deep.equal([result]);
    expect(abandoned).to.deep.equal([]);
  });

  it('gives the error of a message that cannot be accepted before subscribe() returns', () => {
    const { result$ } = setUp(() => {
      throw new Error('full');
    });
    const errors: unknown[] = [];
    const subscription = result$.subscribe({ error: (error: unknown) => errors.push((error as Error).message) });
    expect(errors).to.deep.equal(['full']);
    expect(subscription.closed).to.equal(true);
  });

  it('runs what was added to it when the message settles, and when it is unsubscribed', () => {
    const { result$, published, succeed, fail } = setUp();
    const ended: string[] = [];
    for (const name of ['succeeded', 'failed', 'unsubscribed'])
      result$.subscribe({ error: () => undefined }).add(() => ended.push(name));
    const last = result$.subscribe();
    last.add(() => ended.push('unsubscribed'));
    succeed(published[0]);
    fail('refused', published[1]);
    last.unsubscribe();
    expect(ended).to.deep.equal(['succeeded', 'failed', 'unsubscribed']);
  });

  it('leaves a subscription to which it was added when the message settles', () => {
    const { result$, succeed } = setUp();
    const parent = new Subscription();
    const subscription = result$.subscribe();
    parent.add(subscription);
    const kept = () => (parent as unknown as { _finalizers: unknown[] | null })._finalizers ?? [];
    expect(kept()).to.deep.equal([subscription]);
    succeed();
    expect(kept()).to.deep.equal([]);
  });

  it('abandons the message with a subscription to which it was added', () => {
    const { result$, published, abandoned } = setUp();
    const parent = new Subscription();
    parent.add(result$.subscribe());
    parent.unsubscribe();
    expect(abandoned).to.deep.equal(published);
  });

  it('reports what an observer throws, and still completes it', async () => {
    const { result$, published, succeed, fail } = setUp();
    const log: string[] = [];
    const errors = await unhandled(() => {
      result$.subscribe({
        next: () => {
          throw new Error('in next');
        },
        complete: () => {
          log.push('complete');
          throw new Error('in complete');
        },
      });
      result$.subscribe({
        error: () => {
          throw new Error('in error');
        },
      });
      result$.subscribe().add(() => {
        throw new Error('in teardown');
      });
      succeed(published[0]);
      fail('refused', published[1]);
      succeed(published[2]);
    });
    expect(log).to.deep.equal(['complete']);
    expect(errors.map(error => (error as Error).message.replace(/[^]*(?=in teardown)/, ''))).to.deep.equal([
      'in next',
      'in complete',
      'in error',
      'in teardown',
    ]);
  });

  it('reports an error that nobody handles', async () => {
    const { result$, fail } = setUp();
    const refused = new Error('refused');
    const errors = await unhandled(() => {
      result$.subscribe();
      fail(refused);
    });
    expect(errors).to.deep.equal([refused]);
  });

  it('publishes once for each subscription', () => {
    const { result$, published } = setUp();
    expect(published).to.have.length(0);
    result$.subscribe();
    result$.subscribe();
    expect(published).to.have.length(2);
    expect(published[0]).not.to.equal(published[1]);
  });

  describe('by operators', () => {
    const settle = (publication: SinglePublication) => {
      publication.isSettled = true;
      publication.onReached(result);
    };

    it('gives its result', async () => {
      const topics = await lastValueFrom(setUp(settle).result$.pipe(map(({ topic }) => topic)));
      expect(topics).to.equal('a');
      expect(await firstValueFrom(setUp(settle).result$)).to.equal(result);
    });

    it('publishes again when it is repeated', async () => {
      const { result$, published } = setUp(settle);
      await lastValueFrom(result$.pipe(repeat(3)));
      expect(published).to.have.length(3);
    });

    it('gives its error', async () => {
      const { result$, fail } = setUp();
      const failed = firstValueFrom(result$).catch((error: unknown) => error);
      fail('refused');
      expect(await failed).to.equal('refused');
    });

    it('abandons the message when they unsubscribe', () => {
      const { result$, published, abandoned } = setUp();
      const stop$ = new Subject<void>();
      result$.pipe(takeUntil(stop$)).subscribe();
      expect(abandoned).to.deep.equal([]);
      stop$.next();
      expect(abandoned).to.deep.equal(published);
    });

    it('publishes nothing for a subscriber that has ended', () => {
      const { result$, published } = setUp();
      result$.pipe(takeUntil(of(1))).subscribe();
      expect(published).to.deep.equal([]);
    });

    it('returns a subscriber that it is given, also one of another copy of RxJS', () => {
      const { result$, published, succeed, abandoned } = setUp();
      const { log, ...observer } = recorder();
      let own!: Subscriber<PublishResult>;
      const outer = new Observable<PublishResult>(subscriber => {
        own = subscriber;
        return NEVER.subscribe();
      }).subscribe(observer);
      expect(result$.subscribe(own)).to.equal(own);

      const foreign = {
        closed: false,
        ...observer,
        added: [] as unknown[],
        add(teardown: unknown) {
          this.added.push(teardown);
        },
        remove: () => undefined,
        unsubscribe: () => undefined,
      };
      expect(result$.subscribe(foreign)).to.equal(foreign);
      expect(foreign.added).to.have.length(1);
      succeed(published[1]);
      expect(log).to.deep.equal([result, 'complete']);
      outer.unsubscribe();
      expect(abandoned).to.deep.equal([published[0]]);
    });
  });
});
