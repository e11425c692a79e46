import { type SimulationFailure, describeFailure, simulate } from '../src/testing/index.js';
import { durableScenario, faultsWithLoss } from '../test/simulation/durable-scenario.js';

/** Simulates durable sessions from a seed on, for so many seconds and runs at most. Prints each failure, and how many runs there were. */
const argument = (name: string, usual: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  const value = at < 0 ? usual : Number(process.argv[at + 1]);
  if (!(Number.isInteger(value) && value > 0)) throw new Error(`--${name} must be a whole number from 1`);
  return value;
};

const seconds = argument('seconds', 60);
const first = argument('seed', 1);
const most = argument('runs', Number.MAX_SAFE_INTEGER);
const start = performance.now();
const elapsed = () => (performance.now() - start) / 1000;

function* seeds(): Generator<number> {
  for (let seed = first; elapsed() < seconds && seed - first < most; seed++) yield seed;
}

let runs = 0;
let events = 0;
const failures: SimulationFailure[] = [];
for (const seed of seeds()) {
  const losesSessions = seed % 4 === 0;
  const result = simulate({
    seeds: [seed],
    scenario: durableScenario,
    throws: false,
    ...(losesSessions ? { faults: faultsWithLoss } : {}),
  });
  runs += result.runs;
  events += result.events;
  if (failures.push(...result.failures) >= 5) break;
}
for (const failure of failures) console.error(describeFailure(failure));
const perHour = Math.round((runs / elapsed()) * 3600);
console.log(`${runs} runs with ${events} events, ${perHour} runs per hour, ${failures.length} failures`);
if (failures.length > 0) process.exitCode = 1;
