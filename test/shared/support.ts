import { NEVER, Observable, Subject } from 'rxjs';
import { type MqttClient, mqtt } from '../../src/index.js';
import {
  type SharedClientOptions,
  type SharedHost,
  type SharedPort,
  hostClient,
  messagePort,
  sharedClient,
} from '../../src/shared/index.js';
import { type VirtualBroker, type VirtualBrokerOptions, virtualBroker } from '../../src/testing/index.js';

/** A tab with its client. */
export interface Tab {
  readonly client: MqttClient;
  /** Emits each port of the tab, at its own end. */
  readonly ports: SharedPort[];
  /** Closes the port at the side of the owner, as when the tab has crashed. */
  crash(): void;
}

/** One browser: an owner of a shared client, and tabs at message ports of Node. */
export class Browser {
  readonly broker: VirtualBroker;
  readonly shared: MqttClient;
  readonly host: SharedHost;
  readonly #tabs: Tab[] = [];

  /** @param options - `url`: that of a real broker, in place of the virtual one. */
  constructor(options: { broker?: VirtualBrokerOptions; url?: string } = {}) {
    this.broker = virtualBroker(options.broker);
    const transport = options.url === undefined ? { transport: this.broker.transport } : {};
    this.shared = mqtt(options.url ?? 'mqtt://virtual', { quiet: true, ...transport });
    this.host = hostClient(this.shared);
  }

  open(options: SharedClientOptions = {}): Tab {
    const ports: SharedPort[] = [];
    const crash$ = new Subject<void>();
    const openPort = (): Observable<SharedPort> =>
      new Observable(subscriber => {
        const { port1, port2 } = new MessageChannel();
        const port = messagePort(port1);
        ports.push(port);
        this.host.accept({ ...messagePort(port2), closed$: crash$ });
        subscriber.next(port);
        return () => port.close();
      });
    const client = sharedClient(openPort, { quiet: true, platformSignal$: NEVER, ...options });
    const tab: Tab = { client, ports, crash: () => crash$.next() };
    this.#tabs.push(tab);
    return tab;
  }

  close(): void {
    for (const { client } of this.#tabs) client.close();
    this.host.close();
  }
}
