import { Observable, Subscription, VirtualAction, VirtualTimeScheduler, concat, of, switchMap } from 'rxjs';
import { reopened$ } from '../../client/lifecycle/connection-states.js';
import { mqtt } from '../../client/mqtt.js';
import type { MqttClient } from '../../client/mqtt-client.js';
import type { MqttOptions } from '../../options/options.js';
import type { Transport } from '../../transport/link.js';
import { type VirtualBroker, virtualBroker } from '../broker/virtual-broker.js';
import type { VirtualBrokerOptions } from '../broker/options.js';
import { describePacket } from '../describe-packet.js';
import { MemoryStore } from '../memory-store.js';
import { Diagram } from './diagram.js';
import { type SimulationEvent, describeEvent } from './events.js';
import { ProcessScheduler } from './process-scheduler.js';
import { type Random, seededRandom } from './random.js';
import type { Scenario, Simulation, SimulationAction } from './simulation.js';

/** ms until a program whose client has closed itself is started again. */
const RESTART_AFTER = 10;

/** What a client is given unless its program says otherwise: it notices trouble soon, and tries again soon. */
const IMPATIENT: MqttOptions = {
  clientId: 'me',
  clean: false,
  keepalive: 1,
  pingTimeout: 250,
  connectTimeout: 400,
  ackTimeout: 300,
  closeTimeout: 100,
  reconnect: { initial: 10, max: 100, jitter: 'none' },
  maxDeliveries: Infinity,
  quiet: true,
};

export interface RunSettings {
  readonly duration: number;
  readonly settle: number;
  readonly broker: VirtualBrokerOptions;
}

/** One run of a scenario, on virtual time. */
export class SimulationRun implements Simulation {
  readonly seed: number;
  readonly random: Random;
  readonly #settings: RunSettings;
  readonly #clock = new VirtualTimeScheduler(VirtualAction, 0);
  readonly #diagram = new Diagram();
  readonly #actions = new Map<string, SimulationAction>();
  readonly #checks: (() => void)[] = [];
  #failure: unknown;
  #hasFailed = false;

  readonly broker: VirtualBroker;
  readonly store: MemoryStore;
  readonly scheduler = this.#clock;

  // lives with the process
  #program: { readonly options: () => MqttOptions; readonly start: (client: MqttClient) => void } | undefined;
  #process: { readonly scheduler: ProcessScheduler; readonly links: Subscription } | undefined;
  client: MqttClient | undefined;

  #storeDelay = 1;
  #failsUntil = 0;
  #slowUntil = 0;

  constructor(seed: number, settings: RunSettings) {
    this.seed = seed;
    this.random = seededRandom(seed ^ 0x5eed);
    this.#settings = settings;
    const broker = { latency: this.random.oneOf([0, 1, 5]), pieces: this.random.oneOf([1, Infinity, Infinity]) };
    this.broker = virtualBroker({ ...broker, ...settings.broker, scheduler: this.#clock });
    this.#storeDelay = this.random.oneOf([0, 1, 3, 10]);
    this.store = new MemoryStore({
      scheduler: this.#clock,
      delay: () => (this.now < this.#slowUntil ? 50 : this.#storeDelay),
      beforeWrite: changes => {
        const fails = this.now < this.#failsUntil;
        const keys = changes.map(({ type, key }) => `${type === 'put' ? '+' : '\u2212'}${shortKey(key)}`).join(' ');
        this.mark('store', fails ? `failed(${keys})` : keys);
        if (fails) throw new Error('the disk of the simulation is full');
      },
    });
    // eslint-disable-next-line rxjs-x/no-ignored-error -- it never errors
    this.broker.packet$.subscribe(({ direction, packet }) => {
      if (packet.cmd === 'pingreq' || packet.cmd === 'pingresp') return;
      this.mark(direction === 'received' ? 'client' : 'broker', describePacket(packet));
    });
  }

  get now(): number {
    return this.#clock.now();
  }

  get actionNames(): readonly string[] {
    return [...this.#actions.keys()];
  }

  get failure(): unknown {
    return this.#failure;
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  get diagram(): string {
    return this.#diagram.draw();
  }

  readonly process: Simulation['process'] = (options, start) => {
    this.#program = { options: typeof options === 'function' ? options : () => options, start };
  };

  readonly action: Simulation['action'] = (name, action) => void this.#actions.set(name, action);

  readonly check: Simulation['check'] = check => void this.#checks.push(check);

  readonly fail: Simulation['fail'] = why => this.#fail(new Error(why));

  mark(actor: Parameters<Diagram['mark']>[1], text: string): void {
    this.#diagram.mark(this.now, actor, text);
  }

  /** Has the scenario say what its program does and what is checked, before any time passes. */
  begin(scenario: Scenario): void {
    this.#guard(() => scenario(this));
  }

  /** Plays these events, lets everything settle, and checks. */
  play(events: readonly SimulationEvent[]): void {
    this.#clock.schedule(() => this.#start());
    for (const event of events) this.#clock.schedule(() => this.#guard(() => this.#apply(event)), event.at);
    this.#clock.maxFrames = this.#settings.duration + this.#settings.settle;
    this.#guard(() => this.#clock.flush());
    this.#clock.frame = this.#clock.maxFrames;
    if (!this.#hasFailed) for (const check of this.#checks) this.#guard(check);
    this.#end();
  }

  #apply(event: SimulationEvent): void {
    if (event.kind === 'action') {
      if (this.client === undefined) return;
      this.mark('actions', describeEvent(event));
      return this.#actions.get(event.name)?.(this.client, event.n, seededRandom(this.seed * 1009 + event.n));
    }
    this.mark('faults', describeEvent(event));
    switch (event.kind) {
      case 'cut':
        return this.broker.cut();
      case 'halfOpen':
        return this.broker.halfOpen();
      case 'loseSession':
        return this.broker.restart();
      case 'drop':
        return this.broker.inject({ fault: 'halfOpen', packet: event.packet, from: event.from });
      case 'cutAt':
        return this.broker.inject({ fault: 'cut', packet: event.packet, from: event.from });
      case 'delay':
        return this.broker.inject({ fault: 'delay', packet: event.packet, from: event.from, ms: event.ms });
      case 'unreachable':
        return this.broker.inject({ fault: 'unreachable', times: event.times });
      case 'storeFails':
        this.#failsUntil = Math.max(this.#failsUntil, this.now + event.ms);
        return;
      case 'storeSlow':
        this.#slowUntil = Math.max(this.#slowUntil, this.now + event.ms);
        return;
      case 'crash':
        this.#end(event.finishesBatch);
        this.#clock.schedule(() => this.#start(), event.ms);
    }
  }

  #start(): void {
    const program = this.#program;
    if (program === undefined || this.#process !== undefined) return;
    const scheduler = new ProcessScheduler(this.#clock);
    const links = new Subscription();
    const process = { scheduler, links };
    this.#process = process;
    this.mark('faults', 'start');
    const { broker, store } = this;
    this.#guard(() => {
      const client = mqtt('mqtt://broker', {
        ...IMPATIENT,
        store,
        transport: dyingWith(links, broker.transport),
        scheduler,
        random: () => this.random.next(),
        ...program.options(),
      });
      this.client = client;
      // a program that has ended is started again, as a supervisor does
      const restart = () => {
        if (this.#process !== process || client.connection.status !== 'closed') return;
        this.#end();
        this.#clock.schedule(() => this.#start(), RESTART_AFTER);
      };
      concat(of(undefined), reopened$(client))
        .pipe(switchMap(() => client.connection$))
        .subscribe({
          next: ({ status }) => {
            if (status === 'closed') scheduler.schedule(restart);
          },
          error: (error: unknown) => this.#fail(error),
        });
      program.start(client);
    });
  }

  /** Throws the process away: its timers, its links, and what it has not written. Bytes that it has written arrive. */
  #end(finishesBatch = false): void {
    if (this.#process === undefined) return;
    this.#process.scheduler.die();
    this.store.crash(finishesBatch);
    this.#process.links.unsubscribe();
    this.#process = this.client = undefined;
  }

  #guard(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#failure = error;
  }
}

/** Returns a transport whose links are closed by the end of a process. */
const dyingWith =
  (links: Subscription, transport: Transport): Transport =>
  target =>
    new Observable(subscriber => {
      const link = transport(target).subscribe(subscriber);
      links.add(link);
      subscriber.add(() => {
        links.remove(link);
        link.unsubscribe();
      });
    });

const shortKey = (key: string): string => `${key[0]}${key.slice(1).replace(/^0+(?=.)/, '')}`;
