import type { Result } from './race.js';
import type { Scenario } from './scenarios.js';

export const digits = (value: number): string => {
  if (value >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en');
  return value.toPrecision(value >= 10 ? 3 : 2);
};

/** MQTT.js over ours: how many times as much it costs. */
export const ratioOf = ({ values }: Result, name = 'rxjs-mqtt'): number | undefined => {
  const ours = values[name]?.value;
  const theirs = values['MQTT.js']?.value;
  return ours === undefined || theirs === undefined ? undefined : theirs / ours;
};

/** One scenario in words, a line a contestant. */
export function table(scenario: Scenario, result: Result): string {
  const ours = result.values['rxjs-mqtt']?.value;
  const lines = [`\n${result.scenario}: ${result.unit}${aim(scenario, result)}`];
  for (const [name, { value, also }] of Object.entries(result.values)) {
    const ratio = ours === undefined || name === 'rxjs-mqtt' ? '' : `× ${digits(value / ours)}`;
    const more = Object.entries(also ?? {}).map(([what, amount]) => `${digits(amount)} ${what}`);
    lines.push(`  ${name.padEnd(13)}${digits(value).padStart(9)}  ${ratio.padEnd(9)} ${more.join(', ')}`.trimEnd());
  }
  return lines.join('\n');
}

function aim({ goal }: Scenario, result: Result): string {
  const aims: string[] = [];
  const ratio = ratioOf(result);
  if (goal?.ratio !== undefined && ratio !== undefined) {
    const streamed = ratioOf(result, 'publishAll');
    const other = streamed === undefined ? '' : ` by publish(), ${digits(streamed)} by publishAll()`;
    const further = goal.streamed === undefined ? '' : ` and ${goal.streamed}`;
    const isMet = ratio >= goal.ratio && (streamed ?? Infinity) >= (goal.streamed ?? 0);
    aims.push(`MQTT.js / ours: ${digits(ratio)}${other}; aim ${digits(goal.ratio)}${further}${isMet ? ', met' : ''}`);
  }
  const ours = result.values['rxjs-mqtt']?.value;
  if (goal?.most !== undefined && ours !== undefined)
    aims.push(`aim: at most ${digits(goal.most)}${ours <= goal.most ? ', met' : ''}`);
  return aims.length === 0 ? '' : ` (${aims.join('; ')})`;
}
