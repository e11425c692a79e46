import { parseArgs } from 'node:util';
import { NEVER, fromEvent, merge, scan, takeUntil, tap, timer } from 'rxjs';
import { embeddedBroker } from '../demo/broker.js';
import type { DeviceEvent } from './device.js';
import { fleet, watchFleet } from './fleet.js';
import { mqtt } from './library.js';

// npm run fleet                       1,000 devices, with a broker in this process
// npm run fleet -- mqtt://host        on your broker, below the topic 'fleet'
// npm run fleet -- --devices 200 --rate 50 --every 1000 --lifetime 30000 --downtime 5000 --seed 7 --seconds 60
const names = ['devices', 'rate', 'every', 'lifetime', 'downtime', 'seed', 'seconds'];
const { values, positionals } = readArguments();
const devices = number('devices', 1000);
const seconds = number('seconds', Infinity);
const embedded = positionals[0] === undefined ? await embeddedBroker() : undefined;
const url = positionals[0] ?? `mqtt://127.0.0.1:${embedded!.port}`;
console.log(`${devices} devices at ${embedded?.name ?? new URL(url).host}. Press Ctrl-C to stop.`);

const watcher = mqtt(url);
const counts: Record<DeviceEvent['kind'], number> = { connected: 0, sent: 0, refused: 0, failed: 0 };
const event$ = fleet(url, {
  devices,
  rate: number('rate', 100),
  every: number('every', 5000),
  lifetime: number('lifetime', 60_000),
  downtime: number('downtime', 10_000),
  seed: number('seed', 1),
}).pipe(tap(({ kind }) => counts[kind]++));
const report$ = watchFleet(watcher).pipe(
  scan((last, seen) => ({ ...seen, more: seen.readings - last.readings }), {
    online: 0,
    offline: 0,
    readings: 0,
    more: 0,
  }),
  tap(({ online, offline, more }) =>
    console.log(
      `${online} online, ${offline} offline, ${more} readings/s; ${counts.connected} connected, ${counts.failed} failed`,
    ),
  ),
);
const end$ = merge(
  fromEvent(process, 'SIGINT'),
  fromEvent(process, 'SIGTERM'),
  seconds === Infinity ? NEVER : timer(seconds * 1000),
);

merge(event$, report$)
  .pipe(takeUntil(end$))
  .subscribe({
    error: (error: unknown) => {
      console.error(String(error));
      process.exitCode = 1;
      close();
    },
    complete: close,
  });

function close() {
  const { connected, sent, refused, failed } = counts;
  console.log(`${connected} connections, ${sent} readings sent, ${refused} refused, ${failed} failures`);
  watcher.disconnect().subscribe({ error: console.error, complete: () => void embedded?.close() });
}

function readArguments() {
  try {
    const options = Object.fromEntries(names.map(name => [name, { type: 'string' as const }]));
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    console.error(`${(error as Error).message.split('. ')[0]}; known are ${names.map(name => `--${name}`).join(', ')}`);
    process.exit(2);
  }
}

function number(name: string, standard: number): number {
  const given = Number(values[name] ?? standard);
  if (given > 0) return given;
  console.error(`--${name} is '${values[name]}'; it must be a number above 0`);
  process.exit(2);
}
