import type { VirtualBrokerOptions } from '../broker/options.js';
import { type SimulationEvent, type SimulationFaultKind, USUAL_FAULTS, createSchedule } from './events.js';
import { SimulationRun } from './run.js';
import { shrinkEvents } from './shrink.js';
import type { Scenario } from './simulation.js';

/** Options of {@link simulate}. */
export interface SimulateOptions {
  /** The seeds of the runs. A number is that many seeds, from 1. */
  seeds: number | Iterable<number>;
  /** Called before each run, to say what the program does and what is checked in the end. */
  scenario: Scenario;
  /** What can go wrong. A run has some of these. Default: all but 'loseSession'. */
  faults?: readonly SimulationFaultKind[];
  /** The maximum number of events in a run. Default 60. */
  events?: number;
  /** ms of virtual time in which events occur. Default 3000. */
  duration?: number;
  /** ms of virtual time after that, in which everything has to settle. Default 30,000. */
  settle?: number;
  /** Options of the broker. */
  broker?: Omit<VirtualBrokerOptions, 'scheduler'>;
  /** Whether the first failure is thrown as an error with its diagram. Default true. */
  throws?: boolean;
  /** The number of failures after which to stop. Default 1. */
  maxFailures?: number;
}

/** A run that failed. */
export interface SimulationFailure {
  /** Run this seed again to reproduce the failure. */
  readonly seed: number;
  /** What the scenario reported, for the events that are left. */
  readonly error: unknown;
  /** The events that are left of the run when everything is left out without which it fails, too. */
  readonly events: readonly SimulationEvent[];
  /** A marble diagram of these events on virtual time, with a row for each actor. */
  readonly diagram: string;
  /** What the client, the broker and the store had at the moment of the failure. */
  readonly state: string;
}

/** What {@link simulate} has done. */
export interface SimulationResult {
  readonly runs: number;
  /** The number of events in all runs. */
  readonly events: number;
  readonly failures: readonly SimulationFailure[];
}

/** The number of runs that may be spent on a smaller failure. */
const SHRINK_BUDGET = 400;

/**
 * Runs a scenario once for each seed on virtual time: publishes and other actions of yours at random moments, while connections break, packets
 * get lost, the store fails and the process crashes. The same seed gives the same run.
 *
 * @throws Error for the first run that fails, with its seed, its smallest schedule and its diagram, unless `throws` is false.
 */
export function simulate(options: SimulateOptions): SimulationResult {
  const { seeds, throws = true, maxFailures = 1 } = options;
  const failures: SimulationFailure[] = [];
  let runs = 0;
  let events = 0;
  const list = typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => i + 1) : seeds;
  for (const seed of list) {
    const first = runOnce(seed, options);
    runs++;
    events += first.events.length;
    if (first.run.failure === undefined) continue;
    const failure = shrunk(seed, options, first.events);
    if (throws) throw new Error(describeFailure(failure), { cause: failure.error });
    failures.push(failure);
    if (failures.length >= maxFailures) break;
  }
  return { runs, events, failures };
}

function runOnce(seed: number, options: SimulateOptions, given?: readonly SimulationEvent[]) {
  const { duration = 3000, settle = 30_000, events: maxEvents = 60, faults = USUAL_FAULTS } = options;
  const run = new SimulationRun(seed, { duration, settle, broker: options.broker ?? {} });
  run.begin(options.scenario);
  const events = given ?? createSchedule(seed, { actions: run.actionNames, faults, events: maxEvents, duration });
  if (run.failure === undefined) run.play(events);
  return { run, events };
}

function shrunk(seed: number, options: SimulateOptions, all: readonly SimulationEvent[]): SimulationFailure {
  const events = shrinkEvents(all, fewer => runOnce(seed, options, fewer).run.failure !== undefined, SHRINK_BUDGET);
  const { run } = runOnce(seed, options, events);
  return { seed, ...run.failure!, events, diagram: run.diagram };
}

/** Returns a report of a failure: the seed, what is wrong, and the diagram. */
export function describeFailure({ seed, error, events, diagram, state }: SimulationFailure): string {
  const words = error instanceof Error ? error.message : String(error);
  return `seed ${seed} fails after ${events.length} events: ${words}\n\n${diagram}\n\n${state}\n`;
}
