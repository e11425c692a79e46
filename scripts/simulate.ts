// Simulates a session in a store on virtual time: npm run simulate -- --seconds 60 --seed 1
import { parseArgs } from 'node:util';
import { describeFailure, failureOf, runOf, shrink } from '../test/simulation/simulation.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    once: { type: 'boolean' },
  },
});

const first = Number(values.seed);
const start = Date.now();
const end = start + Number(values.seconds) * 1000;
let runs = 0;
for (let seed = first; values.once ? seed === first : Date.now() < end; seed++) {
  const failure = failureOf(runOf(seed));
  runs++;
  if (failure === undefined) continue;
  console.error(describeFailure(shrink(failure)));
  console.error(`\nnpm run simulate -- --once --seed ${seed} shows it again`);
  process.exitCode = 1;
  break;
}
const seconds = (Date.now() - start) / 1000;
const perHour = Math.round((runs / seconds) * 3600).toLocaleString('en');
console.log(`${runs} runs from seed ${first} in ${seconds.toFixed(0)} s, ${perHour} an hour`);
