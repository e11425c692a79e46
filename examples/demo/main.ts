import {
  type Observable,
  ReplaySubject,
  asyncScheduler,
  connectable,
  fromEvent,
  merge,
  scan,
  tap,
  throttleTime,
} from 'rxjs';
import { UsageError, help, parseArguments } from './arguments.js';
import { type Broker, embeddedBroker, remoteBroker } from './broker.js';
import { demo } from './demo.js';
import { isSound } from './ledger.js';
import { MqttError } from './library.js';
import { asLines } from './lines.js';
import { Link } from './link.js';
import { coloured, plain } from './style.js';
import { legend, table, verdict } from './table.js';
import { onTerminal } from './terminal.js';
import type { Streams } from './view.js';

const { stdout, env } = process;

async function main(): Promise<number> {
  const settings = parseArguments(process.argv.slice(2));
  if (settings === undefined) {
    console.log(help);
    return 0;
  }
  const interrupted$ = interruptions();
  const broker = settings.url === undefined ? await embeddedBroker() : remoteBroker(settings.url);
  try {
    const link = await linkTo(broker);
    try {
      const ledger = await demo({ broker, link, seconds: settings.seconds, interrupted$, show });
      console.log(['', ...table(ledger, 'lost'), '', ...legend, '', verdict(ledger)].join('\n'));
      return isSound(ledger) ? 0 : 1;
    } finally {
      link.close();
    }
  } finally {
    await broker.close();
  }
}

async function linkTo(broker: Broker): Promise<Link> {
  try {
    return await Link.to(broker, asyncScheduler);
  } catch (error) {
    throw new MqttError('CONNECTION_FAILED', `cannot reach ${broker.name}: ${reason(error)}`);
  }
}

function show(streams: Streams): Observable<unknown> {
  if (!stdout.isTTY || env.TERM === 'dumb') return asLines(streams, line => console.log(line));
  return onTerminal(streams, stdout, env.NO_COLOR ? plain : coloured);
}

/** Emits on Ctrl-C and similar signals. The first one starts an orderly end, the second one exits. */
function interruptions(): Observable<number> {
  const count$ = merge(...['SIGINT', 'SIGTERM', 'SIGHUP'].map(signal => fromEvent(process, signal))).pipe(
    throttleTime(500), // npm repeats the signal that the terminal has sent already
    scan(count => count + 1, 0),
    tap(count => count > 1 && process.exit(130)),
  );
  const interrupted$ = connectable(count$, { connector: () => new ReplaySubject<number>(1) });
  interrupted$.connect(); // subscribes now, so that no signal is missed while the clients connect
  return interrupted$;
}

const reason = (error: unknown): string => {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error; // it has one error for each address of a host
  return first instanceof Error ? first.message : String(first);
};

stdout.on('error', () => process.exit(1)); // the reader has gone, as with `npm start | head`
try {
  process.exitCode = await main();
} catch (error) {
  console.error(`rxjs-mqtt demo: ${reason(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
