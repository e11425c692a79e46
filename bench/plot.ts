import type { Result } from './race.js';
import type { Scenario } from './scenarios.js';
import { digits } from './table.js';

const PANEL = { width: 420, bar: 15, gap: 6, label: 92, value: 46, top: 30, bottom: 22 };
const MOST_BARS = 6;
const MARGIN = 20;
const HEAD = 58;

const style = `
  :root { --ground: #ffffff; --ink: #1f2328; --faint: #656d76; --ours: #b7178c; --theirs: #a8b1bb; --floor: #d8dee4; }
  @media (prefers-color-scheme: dark) {
    :root { --ground: #0d1117; --ink: #e6edf3; --faint: #9198a1; --ours: #f45fc7; --theirs: #59636e; --floor: #30363d; }
  }
  text { font: 12px system-ui, sans-serif; fill: var(--ink); }
  .title { font-size: 17px; font-weight: 600; } .panel { font-size: 13px; font-weight: 600; }
  .faint { fill: var(--faint); } .end { text-anchor: end; } .us { font-weight: 600; }
  .bar { fill: var(--theirs); } .bar.ours { fill: var(--ours); } .bar.floor { fill: var(--floor); }
`;

/** Hand-written and bare codec are no clients: they show the floor. */
const kindOf = (name: string) =>
  name === 'rxjs-mqtt' || name === 'publishAll' ? 'ours' : name === 'minimum' || name === 'mqtt-packet' ? 'floor' : '';

const legend = [
  ['ours', 'this library: each message by itself, or by publishAll()'],
  ['', 'other clients'],
  ['floor', 'no clients: the codec of MQTT.js alone; a loop written for the race'],
]
  .map(
    ([kind, text], i) =>
      `<rect class="bar ${kind}" x="0" y="${PANEL.top + 26 * i}" width="15" height="15" rx="2"/>` +
      `<text class="faint" x="24" y="${PANEL.top + 26 * i + 12}">${text}</text>`,
  )
  .join('');

/** The traffic of small messages as bars, shorter is better. Follows the reader's light or dark. */
export function plot(scenarios: readonly Scenario[], results: readonly Result[]): string {
  const columns = (['publish', 'receive'] as const).map(kind =>
    scenarios.flatMap(scenario => {
      const result = results.find(one => one.scenario === scenario.name);
      return scenario.kind === kind && scenario.size === 64 && result ? [panel(result)] : [];
    }),
  );
  // there is one more way to publish than to receive
  columns.at(-1)!.push(legend);
  const height = PANEL.top + MOST_BARS * (PANEL.bar + PANEL.gap) + PANEL.bottom;
  const rows = Math.max(...columns.map(({ length }) => length));
  const panels = columns.flatMap((column, i) =>
    column.map(
      (drawn, row) =>
        `<g transform="translate(${MARGIN + i * (PANEL.width + MARGIN)} ${HEAD + row * height})">${drawn}</g>`,
    ),
  );
  const width = columns.length * PANEL.width + (columns.length + 1) * MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEAD + rows * height}" width="${width}" role="img" aria-label="CPU time per message, by client">
<style>${style}</style>
<rect width="100%" height="100%" fill="var(--ground)"/>
<text class="title" x="${MARGIN}" y="30">CPU time of a message of 64 bytes, µs</text>
<text class="faint" x="${MARGIN}" y="48">of the client’s process; shorter is better. 1,000 messages on their way at once</text>
${panels.join('\n')}
</svg>
`;
}

function panel({ scenario, values }: Result): string {
  const entries = Object.entries(values);
  const longest = Math.max(...entries.map(([, { value }]) => value));
  const room = PANEL.width - PANEL.label - PANEL.value;
  const bars = entries.map(([name, { value }], i) => {
    const y = PANEL.top + i * (PANEL.bar + PANEL.gap);
    const width = Math.max(1, (value / longest) * room);
    const kind = kindOf(name);
    const weight = kind === 'ours' ? 'us' : '';
    return [
      `<text class="end ${weight}" x="${PANEL.label - 8}" y="${y + 12}">${name}</text>`,
      `<rect class="bar ${kind}" x="${PANEL.label}" y="${y}" width="${width.toFixed(1)}" height="${PANEL.bar}" rx="2"/>`,
      `<text class="${weight || 'faint'}" x="${(PANEL.label + width + 6).toFixed(1)}" y="${y + 12}">${digits(value)}</text>`,
    ].join('');
  });
  return `<text class="panel" x="0" y="18">${scenario.replace(', 64 B', '')}</text>${bars.join('')}`;
}
