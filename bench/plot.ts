import type { Result } from './race.js';
import type { Scenario } from './scenarios.js';
import { digits } from './table.js';

const PANEL = { width: 420, bar: 15, gap: 6, label: 92, value: 46, top: 30, bottom: 22 };
const COLUMNS = 2;
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

/** The traffic of small messages as bars, shorter is better. Follows the reader's light or dark. */
export function plot(scenarios: readonly Scenario[], results: readonly Result[]): string {
  const shown = scenarios.flatMap(scenario => {
    const result = results.find(one => one.scenario === scenario.name);
    const traffic = (scenario.kind === 'publish' || scenario.kind === 'receive') && scenario.size === 64;
    return traffic && result ? [result] : [];
  });
  const tallest = Math.max(...shown.map(({ values }) => Object.keys(values).length));
  const height = PANEL.top + tallest * (PANEL.bar + PANEL.gap) + PANEL.bottom;
  // publishing on the left, receiving on the right
  const rows = Math.ceil(shown.length / COLUMNS);
  const panels = shown.map((result, i) => {
    const x = MARGIN + Math.floor(i / rows) * (PANEL.width + MARGIN);
    const y = HEAD + (i % rows) * height;
    return `<g transform="translate(${x} ${y})">${panel(result)}</g>`;
  });
  const width = COLUMNS * PANEL.width + (COLUMNS + 1) * MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEAD + rows * height}" width="${width}" role="img" aria-label="CPU time per message, by client">
<style>${style}</style>
<rect width="100%" height="100%" fill="var(--ground)"/>
<text class="title" x="${MARGIN}" y="30">CPU time of a message of 64 bytes, µs</text>
<text class="faint" x="${MARGIN}" y="48">shorter is better; MQTT 3.1.1, 1,000 messages on their way at once</text>
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
