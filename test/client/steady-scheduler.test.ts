import { expect } from 'chai';
import { asyncScheduler, filter, firstValueFrom, map } from 'rxjs';
import { SteadyScheduler } from '../../src/client/platform/steady-scheduler.js';
import { startAedes } from '../support/aedes.js';
import { testScheduler } from '../support/marbles.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { closedAfterEach, connected } from '../broker/support.js';

const NOVEMBER = Date.UTC(2026, 10, 28);
const HOUR = 3_600_000;

/** A machine whose clocks the test moves. */
class Machine {
  wall = NOVEMBER;
  monotonic: number | undefined = 5_000.25;
  readonly scheduler = new SteadyScheduler({ wall: () => this.wall, monotonic: () => this.monotonic });
  readonly #began = this.scheduler.now();

  /** So much time passes for everything in it. */
  passes(ms: number): void {
    this.wall += ms;
    if (this.monotonic !== undefined) this.monotonic += ms;
  }

  /** ms since it was switched on, as the client sees it. */
  get elapsed(): number {
    return this.scheduler.now() - this.#began;
  }
}

describe('the clock of a client without a scheduler of its own', () => {
  let machine: Machine;
  beforeEach(() => (machine = new Machine()));

  it('begins with the time of the day, in whole ms, and goes with the monotonic clock', () => {
    expect(machine.scheduler.now()).to.equal(NOVEMBER);
    machine.passes(1234.5);
    expect(machine.elapsed).to.equal(1234);
  });

  for (const ms of [4_000, HOUR, 100 * 365 * 24 * HOUR]) {
    it(`does not go back when somebody sets the clock back, here by ${ms} ms [S122]`, () => {
      machine.passes(10_000);
      machine.wall -= ms;
      expect(machine.elapsed).to.equal(10_000);
      machine.passes(10_000);
      expect(machine.elapsed).to.equal(20_000);
    });
  }

  it('does not go back when the clock is set back just before as much time has passed without a look at it', () => {
    machine.wall -= 4_000;
    machine.passes(60_000);
    expect(machine.elapsed).to.equal(60_000);
  });

  it('counts the sleep of a machine whose monotonic clock stands still meanwhile', () => {
    machine.passes(1_000);
    machine.wall += 8 * HOUR;
    expect(machine.elapsed).to.equal(8 * HOUR + 1_000);
    machine.wall -= HOUR; // and then it is set back
    machine.passes(1_000);
    expect(machine.elapsed).to.equal(8 * HOUR + 2_000);
    machine.wall += HOUR; // and sleeps again
    expect(machine.elapsed).to.equal(9 * HOUR + 2_000);
  });

  it('does not run faster for two clocks that tick in different steps', () => {
    for (let i = 0; i < 10_000; i++) {
      machine.monotonic! += 0.3;
      machine.wall = Math.floor(NOVEMBER + 0.3 * i);
      machine.scheduler.now();
    }
    expect(machine.elapsed).to.be.within(2_999, 3_101);
  });

  it('leaves out the steps back where the platform has no monotonic clock', () => {
    machine = new Machine();
    machine.monotonic = undefined;
    const { scheduler } = machine;
    const before = scheduler.now();
    machine.passes(1_000);
    scheduler.now();
    machine.wall -= HOUR;
    scheduler.now();
    machine.passes(500);
    expect(scheduler.now() - before).to.equal(1_500);
  });

  it('is virtual in virtual time', () => {
    const scheduler = new SteadyScheduler();
    const seen: number[] = [];
    testScheduler().run(() => {
      for (const ms of [0, 7, HOUR]) scheduler.schedule(() => seen.push(scheduler.now()), ms);
      asyncScheduler.schedule(() => seen.push(asyncScheduler.now()), HOUR);
    });
    expect(seen).to.deep.equal([0, 7, HOUR, HOUR]);
  });

  it('goes on without a leap when a machine is told the date', () => {
    machine.wall = 1_000;
    machine.monotonic = 1_000;
    const scheduler = new SteadyScheduler({ wall: () => machine.wall, monotonic: () => machine.monotonic });
    machine.passes(500);
    expect(scheduler.now()).to.equal(1_500);
    machine.wall = NOVEMBER;
    expect(scheduler.now()).to.equal(1_500);
    machine.passes(20);
    expect(scheduler.now()).to.equal(1_520);
  });
});

describeWithoutLeaks('a client on a machine whose clock is set back by an hour', () => {
  const client = closedAfterEach();
  const real = Date.now;
  let broker: Awaited<ReturnType<typeof startAedes>>;

  beforeEach(async () => {
    broker = await startAedes();
  });
  afterEach(async () => {
    Date.now = real;
    await broker.close();
  });

  it('pings in time, without a signal of the platform; packet$ tells the time of the day [S122]', async () => {
    const mqtt = client(broker.url, { keepalive: 1, platformSignal$: false });
    await connected(mqtt);
    const ping = firstValueFrom(
      mqtt.packet$.pipe(
        filter(({ packet }) => packet.cmd === 'pingresp'),
        map(({ timestamp }) => timestamp),
      ),
    );
    const begin = performance.now();
    Date.now = () => real() - HOUR;
    expect(await ping).to.be.closeTo(Date.now(), 1_000);
    expect(performance.now() - begin).to.be.below(1_400);
    expect(mqtt.connection.status).to.equal('connected');
  });
});
