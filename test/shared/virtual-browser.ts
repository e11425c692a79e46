import { NEVER, Observable, type SchedulerLike, Subject, VirtualAction, VirtualTimeScheduler } from 'rxjs';
import { type ConnectionState, type MqttClient, type MqttOptions, mqtt } from '../../src/index.js';
import {
  type HostOptions,
  type SharedClientOptions,
  type SharedHost,
  type SharedPort,
  hostClient,
  sharedClient,
} from '../../src/shared/index.js';
import { type VirtualBroker, type VirtualBrokerOptions, virtualBroker } from '../../src/testing/index.js';

/** A clock that stands still between the steps of a test. */
export class Clock extends VirtualTimeScheduler {
  constructor() {
    super(VirtualAction, 0);
  }

  advance(ms: number): void {
    this.maxFrames += ms;
    this.flush();
    this.frame = this.maxFrames;
  }
}

/** The two ends of a port, on virtual time. What is posted is cloned, as by a MessagePort. */
class PortPair {
  readonly tab: SharedPort;
  readonly host: SharedPort;
  /** What waits for a side that does not run. */
  readonly #waiting: (() => void)[] = [];
  #isFrozen = false;
  readonly #ends = { tab: createEnd(), host: createEnd() };

  /** @param tellsOfEnd - whether the other side learns that this one has closed, as not in every browser. */
  constructor(clock: SchedulerLike, tellsOfEnd = true) {
    const { tab, host } = this.#ends;
    const post = (to: End, data: unknown) => {
      const copy: unknown = structuredClone(data);
      clock.schedule(() => {
        const deliver = () => {
          if (to.isOpen) to.data$.next(copy);
        };
        if (this.#isFrozen && to === tab) this.#waiting.push(deliver);
        else deliver();
      });
    };
    const portOf = (own: End, other: End): SharedPort => ({
      data$: own.data$,
      closed$: own.closed$,
      postMessage: data => {
        if (own.isOpen) post(other, data);
      },
      close: () => {
        if (!own.isOpen) return;
        own.isOpen = false;
        if (tellsOfEnd) clock.schedule(() => this.#tellClosed(other));
      },
    });
    this.tab = portOf(tab, host);
    this.host = portOf(host, tab);
  }

  /** The tab is gone without a word, and the browser tells the host. */
  crash(): void {
    this.#ends.tab.isOpen = false;
    this.#tellClosed(this.#ends.host);
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const deliver of this.#waiting.splice(0)) deliver();
  }

  #tellClosed(end: End): void {
    if (!end.isOpen) return;
    end.isOpen = false;
    end.closed$.next();
  }
}

interface End {
  readonly data$: Subject<unknown>;
  readonly closed$: Subject<void>;
  isOpen: boolean;
}

const createEnd = (): End => ({ data$: new Subject(), closed$: new Subject(), isOpen: true });

/** A tab with its client. */
export class VirtualTab {
  readonly client: MqttClient;
  readonly states: ConnectionState[] = [];
  readonly pairs: PortPair[] = [];

  constructor(browser: VirtualBrowser, options: SharedClientOptions) {
    const openPort = () =>
      new Observable<SharedPort>(subscriber => {
        const pair = new PortPair(browser.clock);
        this.pairs.push(pair);
        browser.host.accept(pair.host);
        subscriber.next(pair.tab);
        return () => pair.tab.close();
      });
    this.client = sharedClient(openPort, {
      quiet: true,
      platformSignal$: NEVER,
      scheduler: browser.clock,
      random: () => 0.5,
      ...options,
    });
    this.client.connection$.subscribe(state => this.states.push(state));
  }

  get port(): PortPair {
    return this.pairs.at(-1)!;
  }

  get statuses(): string[] {
    return this.states.map(({ status }) => status);
  }
}

export interface VirtualBrowserOptions {
  broker?: VirtualBrokerOptions;
  client?: MqttOptions;
  host?: HostOptions;
}

/** One browser on virtual time: an owner of a shared client, and tabs. */
export class VirtualBrowser {
  readonly clock = new Clock();
  readonly broker: VirtualBroker;
  readonly shared: MqttClient;
  host: SharedHost;

  constructor({ broker, client, host }: VirtualBrowserOptions = {}) {
    this.broker = virtualBroker({ scheduler: this.clock, ...broker });
    this.shared = mqtt('mqtt://virtual', {
      quiet: true,
      scheduler: this.clock,
      random: () => 0.5,
      platformSignal$: NEVER,
      transport: this.broker.transport,
      ...client,
    });
    this.host = hostClient(this.shared, host);
  }

  open(options: SharedClientOptions = {}): VirtualTab {
    return new VirtualTab(this, options);
  }

  /** Opens tabs that are connected. */
  openConnected(count: number, options: SharedClientOptions = {}): VirtualTab[] {
    const tabs = Array.from({ length: count }, () => this.open(options));
    for (const { client } of tabs) client.connect().subscribe();
    this.clock.advance(1000);
    return tabs;
  }
}
