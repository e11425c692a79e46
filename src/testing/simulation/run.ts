import type { MqttClient } from '../../client/mqtt-client.js';
import type { MqttOptions } from '../../options/options.js';
import { type VirtualBroker, virtualBroker } from '../broker/virtual-broker.js';
import type { VirtualBrokerOptions } from '../broker/options.js';
import { describePacket } from '../describe-packet.js';
import { MemoryStore } from '../memory-store.js';
import { Diagram, shortKey } from './diagram.js';
import { describeState } from './describe-state.js';
import { type SimulationEvent, describeEvent } from './events.js';
import { ProcessScheduler } from './process-scheduler.js';
import { type Random, randomOf } from './random.js';
import { SimulationClock } from './simulation-clock.js';
import { SimulatedProcess } from './simulated-process.js';
import type { Scenario, Simulation, SimulationAction } from './simulation.js';

/** ms until a program whose client has closed itself is started again. */
const RESTART_AFTER = 10;

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
  readonly #clock = new SimulationClock();
  readonly #diagram = new Diagram();
  readonly #actions = new Map<string, SimulationAction>();
  readonly #checks: (() => void)[] = [];
  readonly #notes: string[] = [];
  #failure: { readonly error: unknown; readonly state: string } | undefined;

  readonly broker: VirtualBroker;
  readonly store: MemoryStore;
  readonly scheduler = this.#clock;

  // lives with the process
  #program: { readonly options: () => MqttOptions; readonly start: (client: MqttClient) => void } | undefined;
  #process: SimulatedProcess | undefined;
  #processes = 0;
  #nextCrash: (SimulationEvent & { readonly kind: 'crash' }) | undefined;
  client: MqttClient | undefined;

  #storeDelay = 1;
  #failsUntil = 0;
  #slowUntil = 0;

  constructor(seed: number, settings: RunSettings) {
    this.seed = seed;
    this.random = randomOf(seed, 'scenario');
    const random = randomOf(seed, 'world');
    this.#settings = settings;
    const broker = { latency: random.oneOf([0, 1, 5]), pieces: random.oneOf([1, Infinity, Infinity]) };
    this.broker = virtualBroker({ ...broker, ...settings.broker, scheduler: this.#clock });
    this.#storeDelay = random.oneOf([0, 1, 3, 10]);
    this.store = new MemoryStore({
      // what the store has done is a step of the process, so that the process can die before it knows
      scheduler: new ProcessScheduler(this.#clock, () => this.#process?.step()),
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

  /** What was wrong first, and how everything was at that moment. */
  get failure(): { readonly error: unknown; readonly state: string } | undefined {
    return this.#failure;
  }

  get diagram(): string {
    return this.#diagram.draw();
  }

  readonly process: Simulation['process'] = (options, start) => {
    this.#program = { options: typeof options === 'function' ? options : () => options, start };
  };

  readonly action: Simulation['action'] = (name, action) => void this.#actions.set(name, action);

  readonly check: Simulation['check'] = check => void this.#checks.push(check);

  readonly note: Simulation['note'] = text => void this.#notes.push(text);

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
    if (this.#failure === undefined) this.#clock.frame = this.#clock.maxFrames;
    for (const check of this.#checks) if (this.#failure === undefined) this.#guard(check);
    this.#end();
  }

  #apply(event: SimulationEvent): void {
    if (event.kind === 'action') {
      if (this.client === undefined) return;
      this.mark('actions', describeEvent(event));
      return this.#actions.get(event.name)?.(this.client, event.n, randomOf(this.seed, `action ${event.n}`));
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
      case 'hangUp':
        return this.broker.inject({ fault: 'hangUp', packet: event.packet, matching: '#', times: event.times });
      case 'crash':
        this.#nextCrash = event;
        this.#process?.dieAfter(event.steps);
    }
  }

  #start(): void {
    const program = this.#program;
    if (program === undefined || this.#process !== undefined) return;
    const { broker, store } = this;
    const process = new SimulatedProcess({
      clock: this.#clock,
      transport: broker.transport,
      onLastStep: () => this.#crash(),
    });
    this.#process = process;
    this.mark('faults', 'start');
    const random = randomOf(this.seed, `process ${++this.#processes}`);
    this.#guard(() => {
      const client = process.createClient({ store, random: () => random.next(), ...program.options() });
      this.client = client;
      // a program that has ended is started again, as a supervisor does
      const restart = () => {
        if (this.#process !== process || client.connection.status !== 'closed') return;
        this.#end();
        this.#clock.schedule(() => this.#start(), RESTART_AFTER);
      };
      process.watchClosed(client, restart, error => this.#fail(error));
      program.start(client);
    });
  }

  #crash(): void {
    if (this.#process === undefined) return;
    this.mark('faults', 'dead');
    const { ms, finishesBatch } = this.#nextCrash!;
    this.#end(finishesBatch);
    this.#clock.schedule(() => this.#start(), ms);
  }

  /** Throws the process away: its timers, its links, and what it has not written. Bytes that it has written arrive. */
  #end(finishesBatch = false): void {
    if (this.#process === undefined) return;
    this.store.crash(finishesBatch);
    this.#process.die();
    this.#process = this.client = undefined;
  }

  #guard(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Notes a failure and stops the run. */
  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.mark('faults', 'failed');
    this.#failure = { error, state: [describeState(this), ...this.#notes].join('\n') };
    this.#clock.stop();
  }
}
