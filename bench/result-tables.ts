import type { Result } from './race.js';
import type { Report } from './report.js';
import type { Scenario } from './scenarios.js';
import { digits, ratioOf } from './table.js';

type Cell = (scenario: Scenario, result: Result) => string;
type Columns = Readonly<Record<string, Cell>>;

const value =
  (name: string): Cell =>
  (_, { values }) => {
    const entry = values[name];
    return entry === undefined ? '' : digits(entry.value);
  };

const withMore =
  (name: string): Cell =>
  (_, { values }) => {
    const entry = values[name];
    if (entry === undefined) return '';
    const also = Object.entries(entry.also ?? {}).map(([what, amount]) => `${digits(amount)} ${what}`);
    return also.length === 0 ? digits(entry.value) : `${digits(entry.value)} (${also.join(', ')})`;
  };

const times = (result: Result, name?: string): string => {
  const ratio = ratioOf(result, name);
  return ratio === undefined ? '' : `${digits(ratio)} ×`;
};

const traffic: Columns = {
  '': ({ name }) => name,
  'publish() or topic$': value('rxjs-mqtt'),
  publishAll: value('publishAll'),
  'MQTT.js': value('MQTT.js'),
  libmosquitto: value('libmosquitto'),
  'mqtt-packet': value('mqtt-packet'),
  minimum: value('minimum'),
  'MQTT.js / ours': (_, result) => [times(result), times(result, 'publishAll')].filter(text => text !== '').join(', '),
};

const others: Columns = {
  '': ({ name }, { unit }) => `${name}: ${unit}`,
  'rxjs-mqtt': withMore('rxjs-mqtt'),
  publishAll: withMore('publishAll'),
  'MQTT.js': withMore('MQTT.js'),
  'MQTT.js / ours': (_, result) => times(result),
};

/** The results in Markdown. */
export function resultTables(scenarios: readonly Scenario[], report: Report): string {
  const rows = scenarios.flatMap(scenario => {
    const result = report.results.find(one => one.scenario === scenario.name);
    return result === undefined ? [] : [{ scenario, result }];
  });
  const isTraffic = ({ kind }: Scenario) => kind === 'publish' || kind === 'receive';
  return [
    conditions(report),
    'µs of CPU a message:',
    markdown(
      traffic,
      rows.filter(({ scenario }) => isTraffic(scenario)),
    ),
    'Everything else, each in the unit that it names:',
    markdown(
      others,
      rows.filter(({ scenario }) => !isTraffic(scenario)),
    ),
  ].join('\n\n');
}

function conditions({ when, node, processor, cores, pinned, rounds, versions }: Report): string {
  const against = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${when}, Node ${node.replace('v', '')}, ${against.join(', ')}; ${processor ?? 'unknown processor'}, ${cores} cores, ${
    pinned ? 'processes pinned' : 'processes not pinned'
  }, medians of ${rounds} rounds.`;
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function markdown(columns: Columns, rows: readonly { scenario: Scenario; result: Result }[]): string {
  const names = Object.keys(columns);
  return [
    line(names),
    line(names.map((_, i) => (i === 0 ? '---' : '---:'))),
    ...rows.map(({ scenario, result }) => line(Object.values(columns).map(cell => cell(scenario, result)))),
  ].join('\n');
}
