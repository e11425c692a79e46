import type { TraceEvent } from '../../trace/trace-event.js';
import { misuse, quote, quoteAll } from '../marbles/failure.js';
import { DiagramWriter } from './diagram-writer.js';
import { type TracedLinks, linksOf } from './links.js';
import { sourceCodeOf } from './source-code.js';

/** The test that {@link traceToMarbles} writes. */
export interface TraceToMarblesOptions {
  /** For which test runner. Default `'mocha'`. */
  runner?: 'mocha' | 'vitest';
  /** The title of the test. Default: `'does what it should'`. */
  title?: string;
  /** ms since the start of the trace: where the test begins. What opened the connection that exists then is put first. Default 0. */
  from?: number;
  /** ms since the start of the trace: where the test ends. Default: the end of the trace. */
  to?: number;
}

/**
 * Writes a test of a trace, as a file of TypeScript that uses {@link mqttMarbles}: the marble diagrams of what the broker sent, and an
 * expectation for you to fill in. Put your pipeline in the place of the `topic$` in it.
 *
 * The packets have the times of the trace. Where several came in so few ms that a diagram cannot show it, they come a few ms later. What the
 * client sends is not in the test: for that, see {@link replayTrace}.
 *
 * @throws MqttError `INVALID_ARGUMENT` for an unknown option, and for a trace with more different packets than there are letters.
 */
export function traceToMarbles(trace: Iterable<TraceEvent>, options: TraceToMarblesOptions = {}): string {
  assertOptions(options);
  const { runner = 'mocha', title = 'does what it should', from = 0, to = Infinity } = options;
  const traced = linksOf(trace, from, to);
  const writer = new DiagramWriter();
  const diagrams = traced.links.map(link => writer.write(link));
  const packets = [...writer.packets].map(([letter, packet]) => `  ${letter}: ${sourceCodeOf(packet)},`);
  const code = [...packets, ...diagrams].join('\n');
  const usesBytes = packets.some(line => line.includes('bytes('));
  return [
    `import { describe, it } from '${runner}';`,
    "import { type Sendable, mqttMarbles } from 'rxjs-mqtt/testing';",
    '',
    ...(usesBytes ? ['const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);', ''] : []),
    '// what the broker sends, by the letters of the diagrams',
    'const packets: Record<string, Sendable> = {',
    ...packets,
    '};',
    '',
    "describe('a trace', () => {",
    '  it(',
    `    ${sourceCodeOf(title)},`,
    '    mqttMarbles(({ broker, client, expectObservable }) => {',
    '      // one diagram for each link',
    '      const attempts = [',
    ...diagrams.map(diagram => `        '${diagram}',`),
    '      ];',
    '      // ms from the end of each link to the next attempt',
    `      const delays = [${delaysOf(traced).join(', ')}];`,
    `      const mqtt = client(broker(attempts, packets), ${optionsCode(traced)}, ${lifetimeOf(traced, code)});`,
    '      // your pipeline',
    `      const value$ = mqtt.topic$(${filtersCode(traced)}, { qos: 1 });`,
    "      expectObservable(value$).toBe('', {});",
    '    }),',
    '  );',
    '});',
    '',
  ].join('\n');
}

const delaysOf = ({ links }: TracedLinks): number[] =>
  links.slice(1).map(({ openedAt }, i) => Math.max(0, openedAt - (links[i]!.brokenAt ?? openedAt)));

/** The diagrams begin when the first link is open, and may be some ms longer than the trace. */
function lifetimeOf({ links, length }: TracedLinks, code: string): number {
  const groups = code.split('(').length - 1;
  return length - (links[0]?.openedAt ?? 0) + 1 + 3 * groups;
}

function optionsCode({ connect }: TracedLinks): string {
  const { clientId, clean, keepalive, protocolVersion, properties } = connect ?? {};
  const own = {
    ...(clientId ? { clientId, clean } : {}),
    keepalive,
    protocolVersion,
    sessionExpiry: properties?.sessionExpiryInterval,
  };
  const entries = sourceCodeOf(own).slice(1, -1).trim();
  return `{ ${entries}${entries === '' ? '' : ', '}reconnect: ({ wait }) => wait(delays.shift() ?? 1000) }`;
}

function filtersCode({ filters }: TracedLinks): string {
  if (filters.size === 0) return "'#'";
  return filters.size === 1 ? sourceCodeOf([...filters][0]) : sourceCodeOf([...filters]);
}

const names = ['runner', 'title', 'from', 'to'] satisfies (keyof TraceToMarblesOptions)[];

function assertOptions(options: TraceToMarblesOptions): void {
  for (const name of Object.keys(options)) {
    if ((names as string[]).includes(name)) continue;
    throw misuse(`unknown option '${name}' of traceToMarbles(); known are ${quoteAll(names)}`);
  }
  const { runner = 'mocha', from = 0, to = Infinity } = options;
  if (!['mocha', 'vitest'].includes(runner)) {
    throw misuse(`option 'runner' of traceToMarbles() is ${quote(runner)}; it must be 'mocha' or 'vitest'`);
  }
  if (!(from >= 0 && to >= from)) {
    throw misuse(
      `options 'from' and 'to' of traceToMarbles() are ${quote(from)} and ${quote(to)}; they must be ms in this order`,
    );
  }
}
