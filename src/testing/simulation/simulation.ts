import type { SchedulerLike } from 'rxjs';
import type { MqttClient } from '../../client/mqtt-client.js';
import type { MqttOptions } from '../../options/options.js';
import type { VirtualBroker } from '../broker/virtual-broker.js';
import type { MemoryStore } from '../memory-store.js';
import type { Random } from './random.js';

/**
 * Something that your program does at random moments of a run.
 *
 * @param n - the number of the event, which is unique in its run: use it in topics, payloads and tags.
 * @param random - random numbers of this event.
 */
export type SimulationAction = (client: MqttClient, n: number, random: Random) => void;

/** Prepares one run: says what the process does, which actions there are, and what has to be true in the end. */
export type Scenario = (simulation: Simulation) => void;

/** One run of a scenario, on virtual time. */
export interface Simulation {
  /** The seed of this run. */
  readonly seed: number;
  /** The random numbers of this run, for the choices of your scenario. */
  readonly random: Random;
  /** ms of virtual time since the run began. */
  readonly now: number;
  /** The virtual clock, for operators of your scenario that wait. It outlives the processes. */
  readonly scheduler: SchedulerLike;
  /** The broker of the run. */
  readonly broker: VirtualBroker;
  /** The store of the run, which outlives the processes. */
  readonly store: MemoryStore;
  /** The client of the running process; undefined between a crash and the next start. */
  readonly client: MqttClient | undefined;
  /**
   * Says what a process is: the options of its client, and what it does with the client when it starts. It is started when the run begins, after
   * each crash, and after its client has closed. The client has `clientId` 'me', the store, and short timeouts, unless the options say
   * otherwise. Nothing of a process that crashed runs on.
   */
  process(options: MqttOptions | (() => MqttOptions), start: (client: MqttClient) => void): void;
  /** Adds an action, which is done at random moments while a process runs. */
  action(name: string, action: SimulationAction): void;
  /** Adds a check of the end of the run, when the faults are over and everything had time to settle. It throws what is wrong. */
  check(check: () => void): void;
  /** Adds a line to the report of a failure of this run, for example what the scenario has chosen by `random`. */
  note(text: string): void;
  /** Reports at once that something is wrong. Use it in callbacks of streams, where RxJS reports a thrown error too late. */
  fail(why: string): void;
}
