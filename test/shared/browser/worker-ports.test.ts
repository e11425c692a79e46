import { expect } from 'chai';
import { Subject, type Subscription, firstValueFrom } from 'rxjs';
import { MqttError } from '../../../src/index.js';
import { acceptTabs } from '../../../src/shared/browser/accept-tabs.js';
import type { ChannelPort } from '../../../src/shared/browser/channel-port.js';
import type { Channel } from '../../../src/shared/browser/platform.js';
import { type SharedWorkerLike, openWorkerPort } from '../../../src/shared/browser/worker-ports.js';
import { FakeBrowser, type FakeContext } from './fake-browser.js';

/** A tab with an open port to a SharedWorker. */
interface Pair {
  readonly browser: FakeBrowser;
  readonly tab: FakeContext;
  readonly worker: FakeContext;
  readonly tabPort: ChannelPort;
  readonly workerPort: ChannelPort;
  readonly opening: Subscription;
}

async function openPair(): Promise<Pair> {
  const browser = new FakeBrowser();
  const [tab, worker] = [browser.openContext(), browser.openContext()];
  const channel$ = new Subject<Channel>();
  const [tabPort$, workerPort$] = [new Subject<ChannelPort>(), new Subject<ChannelPort>()];
  const ports = Promise.all([firstValueFrom(tabPort$), firstValueFrom(workerPort$)]);
  acceptTabs(channel$, worker.platform).subscribe(workerPort$);
  await browser.settled();
  const opening = openWorkerPort(() => {
    const [port, theirs] = browser.connect(tab, worker);
    channel$.next(theirs);
    return { port, onerror: null };
  }, tab.platform).subscribe(tabPort$);
  const [tabPort, workerPort] = await ports;
  return { browser, tab, worker, tabPort, workerPort, opening };
}

/** Returns what a port has emitted, and whether it is closed. */
function watch({ data$, closed$ }: ChannelPort) {
  const seen = { data: [] as unknown[], isCompleted: false, closed: 0, isClosedCompleted: false };
  data$.subscribe({ next: data => seen.data.push(data), complete: () => (seen.isCompleted = true) });
  closed$.subscribe({ next: () => seen.closed++, complete: () => (seen.isClosedCompleted = true) });
  return seen;
}

describe('a port between a tab and a SharedWorker', () => {
  it('carries data in both directions, and keeps what comes before the subscription', async () => {
    const { browser, tabPort, workerPort } = await openPair();
    tabPort.postMessage(new Uint8Array([1]));
    tabPort.postMessage({ two: 2 });
    await browser.settled();
    const worker = watch(workerPort);
    expect(worker.data).to.deep.equal([new Uint8Array([1]), { two: 2 }]);
    const tab = watch(tabPort);
    workerPort.postMessage('three');
    tabPort.postMessage('four');
    await browser.settled();
    expect(tab.data).to.deep.equal(['three']);
    expect(worker.data.at(-1)).to.equal('four');
  });

  it('is closed on the other side when one side closes it', async () => {
    const { browser, tabPort, workerPort } = await openPair();
    const [tab, worker] = [watch(tabPort), watch(workerPort)];
    tabPort.postMessage('last');
    tabPort.close();
    tabPort.postMessage('too late');
    await browser.settled();
    expect(tab).to.deep.equal({ data: [], isCompleted: true, closed: 0, isClosedCompleted: true });
    expect(worker).to.deep.equal({ data: ['last'], isCompleted: true, closed: 1, isClosedCompleted: true });
  });

  it('is closed when its opening is unsubscribed, which also gives back the lock of the tab', async () => {
    const { browser, tab, workerPort, opening } = await openPair();
    const worker = watch(workerPort);
    const locks = browser.locksOf(tab);
    expect(locks).to.have.length(1);
    opening.unsubscribe();
    await browser.settled();
    expect(worker.closed).to.equal(1);
    expect(browser.locksOf(tab)).to.deep.equal([]);
  });

  it('is closed when the tab dies, after its last message has arrived', async () => {
    const { browser, tab, tabPort, workerPort } = await openPair();
    const worker = watch(workerPort);
    tabPort.postMessage('last');
    tab.kill();
    await browser.settled();
    expect(worker).to.deep.include({ data: ['last'], closed: 0 });
    browser.elapse(100);
    expect(worker).to.deep.include({ isCompleted: true, closed: 1 });
  });

  it('is closed when the worker dies', async () => {
    const { browser, worker, tabPort } = await openPair();
    const tab = watch(tabPort);
    worker.kill();
    await browser.settled();
    browser.elapse(100);
    expect(tab).to.deep.include({ isCompleted: true, closed: 1 });
  });

  it('leaves the lock of a dead tab to nobody', async () => {
    const { browser, tab, worker } = await openPair();
    tab.kill();
    await browser.settled();
    expect(browser.locksOf(worker)).to.have.length(1); // its own
  });

  it('lets a tab that is closed by itself know, as when the page freezes', async () => {
    const { browser, tabPort, workerPort } = await openPair();
    const [tab, worker] = [watch(tabPort), watch(workerPort)];
    tabPort.end();
    await browser.settled();
    expect(tab).to.deep.include({ isCompleted: true, closed: 1 });
    expect(worker).to.deep.include({ isCompleted: true, closed: 1 });
  });
});

describe('opening a port to a SharedWorker', () => {
  const fail = ({ onerror }: SharedWorkerLike, event: Event) => (onerror as (event: Event) => void)(event);

  const failureOf = async (
    startWorker: (tab: FakeContext) => SharedWorkerLike,
    given = new FakeBrowser().openContext(),
  ) => {
    const failure = await firstValueFrom(openWorkerPort(() => startWorker(given), given.platform)).catch(
      (error: unknown) => error,
    );
    if (!MqttError.is(failure)) throw failure;
    return failure;
  };

  it('fails if the worker throws', async () => {
    const worker: SharedWorkerLike = { port: new FakeBrowser().openContext().openChannel('a'), onerror: null };
    const { code, message, retryable } = await failureOf(() => {
      queueMicrotask(() => fail(worker, { message: 'Uncaught Error: no' } as ErrorEvent));
      return worker;
    });
    expect({ code, message, retryable }).to.deep.equal({
      code: 'CONNECTION_FAILED',
      message: 'the SharedWorker does not start: Uncaught Error: no',
      retryable: true,
    });
    expect(worker.onerror).to.equal(null);
  });

  it('fails if its script is not loaded', async () => {
    const worker: SharedWorkerLike = { port: new FakeBrowser().openContext().openChannel('a'), onerror: null };
    const { message } = await failureOf(() => {
      queueMicrotask(() => fail(worker, new Event('error')));
      return worker;
    });
    expect(message).to.match(/its script was not loaded/);
  });

  it('fails if the worker does not answer in 30 s, and not when it has answered', async () => {
    const browser = new FakeBrowser();
    const tab = browser.openContext();
    const failure = failureOf(() => ({ port: tab.openChannel('a'), onerror: null }), tab);
    await browser.settled();
    browser.elapse(30_000);
    expect((await failure).message).to.match(/^the SharedWorker does not start: it has not answered in 30 s/);
    const pair = await openPair();
    const seen = watch(pair.tabPort);
    pair.browser.elapse(60_000);
    expect(seen.closed).to.equal(0);
  });

  it('fails if the option throws', async () => {
    const cause = new TypeError('no such thing');
    const failure = await failureOf(() => {
      throw cause;
    });
    expect(failure.code).to.equal('CONNECTION_FAILED');
    expect(failure.cause).to.equal(cause);
  });

  it('fails without Web Locks, and says what helps', async () => {
    const { platform } = new FakeBrowser().openContext();
    const failure = await failureOf(
      () => {
        throw new Error('not reached');
      },
      { platform: { ...platform, locks: undefined } } as unknown as FakeContext,
    );
    expect(failure.code).to.equal('NOT_SUPPORTED');
    expect(failure.message).to.match(/serve the page by https/);
  });

  it('fails if the browser refuses the lock', async () => {
    const { platform } = new FakeBrowser().openContext();
    const locks = { request: () => Promise.reject(new DOMException('denied', 'SecurityError')) };
    const failure = await failureOf(
      () => {
        throw new Error('not reached');
      },
      { platform: { ...platform, locks } } as unknown as FakeContext,
    );
    expect(failure.code).to.equal('NOT_SUPPORTED');
    expect(failure.message).to.match(/no Web Lock: SecurityError: denied/);
  });
});
