import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ReplaySubject, filter, firstValueFrom, groupBy, map, mergeMap, scan, take, takeUntil, toArray } from 'rxjs';
import type { DeviceEvent } from '../../examples/fleet/device.js';
import { fleet, watchFleet } from '../../examples/fleet/fleet.js';
import { closedAfterEach, published, settled } from '../broker/support.js';
import { type AedesServer, startAedes } from '../support/aedes.js';
import { describeWithoutLeaks } from '../support/resources.js';

const execute = promisify(execFile);

describeWithoutLeaks('examples/fleet', () => {
  const client = closedAfterEach();
  let broker: AedesServer;
  beforeEach(async () => {
    broker = await startAedes();
  });
  afterEach(() => broker.close());

  const quiet = { devices: 20, rate: 2000, seed: 7, every: 60_000, lifetime: 60_000, downtime: 60_000 };
  /** Runs a fleet until something has happened, and returns that. */
  const until = async <T>(options: typeof quiet, wanted: (events: Map<string, DeviceEvent[]>) => T | undefined) => {
    const events$ = fleet(broker.url, options).pipe(
      scan((all, event) => all.set(event.id, [...(all.get(event.id) ?? []), event]), new Map<string, DeviceEvent[]>()),
      map(wanted),
      filter(value => value !== undefined),
    );
    return firstValueFrom(events$);
  };

  it('connects its devices, each with a retained status', async () => {
    const seen$ = new ReplaySubject<{ online: number }>();
    const watcher = client(broker.url);
    watchFleet(watcher, 5).subscribe(seen$);
    const all = firstValueFrom(seen$.pipe(filter(({ online }) => online === 20)));
    await until(quiet, events => (events.size === 20 ? true : undefined));
    expect(await all).to.include({ online: 20, offline: 0 });
    expect(await firstValueFrom(client(broker.url).topic$('fleet/device-0019/status'))).to.include({ retain: true });
  });

  it('sends readings, more often when it is told to', async () => {
    const watcher = client(broker.url);
    const ready = settled(watcher, 'subscribe', 'fleet/+/celsius');
    const readings = firstValueFrom(watchFleet(watcher, 5).pipe(filter(seen => seen.readings > 40)));
    await ready;
    const ended = until(quiet, events =>
      [...events.values()].flat().filter(({ kind }) => kind === 'sent').length > 60 ? 1 : undefined,
    );
    const operator = client(broker.url);
    await firstValueFrom(watcher.topic$('fleet/+/status').pipe(take(20), toArray()));
    await published(operator, 'fleet/all/every', '10', { qos: 1 });
    await ended;
    expect((await readings).readings).to.be.above(40);
  });

  it('fails, so that its wills are published, and comes back', async () => {
    const watcher = client(broker.url);
    const ready = settled(watcher, 'subscribe', 'fleet/+/status');
    const wills = firstValueFrom(watchFleet(watcher, 5).pipe(filter(({ offline }) => offline > 0)));
    await ready;
    const options = { ...quiet, lifetime: 200, downtime: 20 };
    const isBack = (kinds: string) => /connected (failed )+connected/.test(kinds);
    const kinds = await until(options, events =>
      [...events.values()].map(list => list.map(({ kind }) => kind).join(' ')).find(isBack),
    );
    expect(kinds).to.match(/connected (failed )+connected$/);
    expect((await wills).offline).to.be.above(0);
  });

  it('does the same with the same seed', async () => {
    /** The first two readings of each device. */
    const readings = async (seed: number) => {
      const watcher = client(broker.url);
      const ready = settled(watcher, 'subscribe', 'fleet/+/celsius');
      const two$ = new ReplaySubject<Record<string, string[]>>();
      watcher
        .topic$('fleet/+id/celsius')
        .pipe(
          groupBy(({ params }) => params.id),
          mergeMap(device$ =>
            device$.pipe(
              take(2),
              map(message => message.text()),
              toArray(),
              map(texts => [device$.key, texts]),
            ),
          ),
          take(3),
          toArray(),
          map(devices => Object.fromEntries(devices) as Record<string, string[]>),
        )
        .subscribe(two$);
      await ready;
      fleet(broker.url, { ...quiet, devices: 3, every: 10, seed })
        .pipe(takeUntil(two$))
        .subscribe();
      return firstValueFrom(two$);
    };
    const first = await readings(1);
    expect(Object.keys(first).sort()).to.deep.equal(['device-0000', 'device-0001', 'device-0002']);
    expect(await readings(1)).to.deep.equal(first);
    expect(await readings(11)).not.to.deep.equal(first);
  });

  it('is a program that ends with a summary', async function () {
    this.timeout(30_000);
    const options = '--devices 20 --rate 500 --every 50 --lifetime 500 --downtime 100 --seconds 1.5'.split(' ');
    const { stdout } = await execute(process.execPath, [
      '--import=tsx',
      'examples/fleet/main.ts',
      broker.url,
      ...options,
    ]);
    const [, connections, sent] =
      /^(\d+) connections, (\d+) readings sent, \d+ refused, \d+ failures$/m.exec(stdout) ?? [];
    expect(Number(connections)).to.be.at.least(20);
    expect(Number(sent)).to.be.above(0);
    const failureOf = (...args: string[]) =>
      execute(process.execPath, ['--import=tsx', 'examples/fleet/main.ts', ...args]).catch((error: unknown) => error);
    const [wrong, unknown] = (await Promise.all([failureOf('--devices', 'many'), failureOf('--help')])) as {
      stderr: string;
      code: number;
    }[];
    expect(wrong).to.include({ code: 2, stderr: "--devices is 'many'; it must be a number above 0\n" });
    expect(unknown!.stderr).to.match(/^Unknown option '--help'; known are --devices, --rate, .*\n$/);
    expect(unknown!.code).to.equal(2);
  });
});
