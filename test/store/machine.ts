import { type Observable, VirtualAction, VirtualTimeScheduler } from 'rxjs';
import { type MqttClient, type MqttError, type MqttOptions, type Transport, mqtt } from '../../src/index.js';
import { MemoryStore, type MemoryStoreOptions } from '../../src/testing/memory-store.js';
import { type VirtualBroker, virtualBroker } from '../../src/testing/index.js';
import { ProcessScheduler } from '../../src/testing/simulation/process-scheduler.js';

/** A client that can die without a word. */
export interface Process {
  readonly client: MqttClient;
  kill(finishesBatch?: boolean): void;
}

/** A machine whose processes share a disk, and a broker, on virtual time. */
export class Machine {
  readonly clock = new VirtualTimeScheduler(VirtualAction, 0);
  broker: VirtualBroker = virtualBroker({ scheduler: this.clock });
  readonly store: MemoryStore;

  constructor(store: MemoryStoreOptions = {}) {
    this.store = new MemoryStore({ scheduler: this.clock, delay: () => 2, ...store });
  }

  start(options: MqttOptions = {}): Process {
    const scheduler = new ProcessScheduler(this.clock);
    const transport: Transport = target => this.broker.transport(target);
    const given = {
      clientId: 'me',
      clean: false,
      store: this.store,
      transport,
      scheduler,
      random: () => 0.5,
      ...options,
    };
    const client = mqtt('mqtt://broker', given);
    return {
      client,
      kill: (finishesBatch = false) => {
        scheduler.die();
        this.store.crash(finishesBatch);
        if (this.broker.sessions.some(({ clientId, connected }) => connected && clientId === 'me'))
          this.broker.cut('me');
      },
    };
  }

  /** The broker is replaced by one that knows no session. */
  replaceBroker(): void {
    this.broker.cut();
    this.broker = virtualBroker({ scheduler: this.clock });
  }

  /** Lets so many ms pass. */
  run(ms: number): void {
    this.clock.maxFrames = this.clock.frame + ms;
    this.clock.flush();
    this.clock.frame = this.clock.maxFrames;
  }
}

/** What an observable does, as it happens: values by `show`, `!code` for an error, `|` for the end. */
export function watch<T>(source$: Observable<T>, show: (value: T) => string = String): string[] {
  const seen: string[] = [];
  source$.subscribe({
    next: value => seen.push(show(value)),
    error: (error: unknown) => {
      const { code, delivery } = error as MqttError;
      seen.push(`!${code}${delivery ? ` ${delivery}` : ''}`);
    },
    complete: () => seen.push('|'),
  });
  return seen;
}
