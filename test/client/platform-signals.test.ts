import { expect } from 'chai';
import { platformSignal$ } from '../../src/index.js';
import { type Globals, signalsOf } from '../../src/client/platform/platform-signals.js';

/** An EventTarget that knows how many listen. */
class Counted extends EventTarget {
  listeners = 0;

  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    this.listeners++;
    super.addEventListener(...args);
  }

  override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
    this.listeners--;
    super.removeEventListener(...args);
  }

  tell(type: string, about: object = {}): void {
    this.dispatchEvent(Object.assign(new Event(type), about));
  }
}

class Page extends Counted {
  readonly document = Object.assign(new Counted(), { visibilityState: 'visible' });
}

function heard(surroundings: Globals) {
  const signals: string[] = [];
  const subscription = signalsOf(surroundings).subscribe({
    next: signal => signals.push(signal),
    complete: () => signals.push('|'),
  });
  return { signals, subscription };
}

describe('platformSignal$', () => {
  it('tells what a page is told', () => {
    const page = new Page();
    const { signals } = heard(page);
    page.tell('offline');
    page.tell('online');
    page.document.tell('freeze');
    page.document.tell('resume');
    page.tell('pagehide', { persisted: true });
    page.tell('pageshow', { persisted: true });
    expect(signals).to.deep.equal(['offline', 'online', 'resume', 'pagehide', 'pageshow']);
  });

  it('tells that a page is visible, not that it is hidden', () => {
    const page = new Page();
    const { signals } = heard(page);
    page.document.visibilityState = 'hidden';
    page.document.tell('visibilitychange');
    expect(signals).to.deep.equal([]);
    page.document.visibilityState = 'visible';
    page.document.tell('visibilitychange');
    expect(signals).to.deep.equal(['visible']);
  });

  it('takes the pageshow of a page that is loaded for nothing new', () => {
    const page = new Page();
    const { signals } = heard(page);
    page.tell('pageshow', { persisted: false });
    expect(signals).to.deep.equal([]);
  });

  it('tells a worker, which has no document, of the network', () => {
    const worker = new Counted();
    const { signals } = heard(worker);
    worker.tell('offline');
    worker.tell('online');
    expect(signals).to.deep.equal(['offline', 'online']);
  });

  it('listens to nothing before it is subscribed to, nor after', () => {
    const page = new Page();
    const listeners = () => [page.listeners, page.document.listeners];
    const signal$ = signalsOf(page);
    expect(listeners()).to.deep.equal([0, 0]);
    const subscription = signal$.subscribe();
    expect(listeners()).to.deep.equal([4, 2]);
    subscription.unsubscribe();
    expect(listeners()).to.deep.equal([0, 0]);
  });

  it('completes at once in Node, which tells nothing', () => {
    expect(heard({}).signals).to.deep.equal(['|']);
    const signals: string[] = [];
    platformSignal$.subscribe({ next: signal => signals.push(signal), complete: () => signals.push('|') });
    expect(signals).to.deep.equal(['|']);
  });
});
