import { expect } from 'chai';
import { catchError, filter, interval, map, mergeMap, of, take } from 'rxjs';
import { MqttError } from '../../src/index.js';
import { mqttMarbles, virtualBroker } from '../../src/testing/index.js';
import { seeded } from '../broker/seeded.js';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** One a minute. */
const published = 1438;

/** Runs it while every clock, timer and source of chance of the platform throws. */
function withoutTheRealWorld(run: () => void): () => void {
  return () => {
    const real: [owner: object, name: string, value: unknown][] = [];
    const forbid = (owner: object, ...names: string[]) => {
      for (const name of names) {
        real.push([owner, name, Reflect.get(owner, name)]);
        const forbidden = () => {
          throw new Error(`${name} of the real world was called`);
        };
        Object.defineProperty(owner, name, { value: forbidden, configurable: true, writable: true });
      }
    };
    forbid(globalThis, 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask');
    forbid(process, 'nextTick');
    forbid(Date, 'now');
    forbid(performance, 'now');
    forbid(Math, 'random');
    forbid(crypto, 'getRandomValues', 'randomUUID');
    try {
      run();
    } finally {
      for (const [owner, name, value] of real) {
        Object.defineProperty(owner, name, { value, configurable: true, writable: true });
      }
    }
  };
}

describe('a day of a client', () => {
  for (const protocolVersion of [5, 4] as const) {
    const seen = {
      connected: 0,
      pings: 0,
      delivered: 0,
      expired: 0,
      received: new Set<string>(),
      delays: new Set<number>(),
    };

    it(
      `passes in a moment, and no timer, clock or random number is real: MQTT ${protocolVersion} [S67]`,
      withoutTheRealWorld(
        mqttMarbles(({ client, expectConnection }) => {
          // an hour of connection, then the network is away for a while, longer each time
          const broker = virtualBroker({ latency: 20 });
          const expiry = protocolVersion === 5 ? { sessionExpiry: 1800 } : {};
          const options = {
            protocolVersion,
            clientId: 'me',
            clean: false,
            keepalive: 60,
            random: seeded(7),
            ...expiry,
          };
          const device = client(broker, { ...options, clientId: 'device' }, day);
          const viewer = client(broker, { ...options, clientId: 'viewer' }, day);
          // nothing here ends in the moment in which it would repeat: the TestScheduler of RxJS cannot run that
          interval(hour)
            .pipe(take(23))
            .subscribe(n => {
              broker.inject({ fault: 'unreachable', times: 4 + n });
              broker.cut();
            });

          broker.packet$.pipe(filter(({ packet }) => packet.cmd === 'pingreq')).subscribe(() => seen.pings++);
          device.connection$.subscribe(state => {
            if (state.status === 'connected') seen.connected++;
            if (state.status === 'reconnecting') seen.delays.add(state.delay);
          });
          viewer.topic$('readings/#', { qos: 1 }).subscribe(message => seen.received.add(message.topic));
          const publish = (n: number) =>
            device.publish(`readings/${n}`, 'x', { qos: 1, properties: { messageExpiryInterval: 30 } }).pipe(
              map(() => 'delivered' as const),
              catchError((error: unknown) => {
                if (!MqttError.is(error, 'MESSAGE_EXPIRED')) throw error;
                return of('expired' as const);
              }),
            );
          interval(minute)
            .pipe(take(published), mergeMap(publish))
            .subscribe(outcome => seen[outcome]++);
          expectConnection(device).toBe('i 59999ms c 59ms C 3539959ms r');
        }, expectBeginning),
      ),
    );

    it(`all of it happened: MQTT ${protocolVersion}`, () => {
      expect(seen.connected).to.be.within(20, 24);
      expect(seen.delays.size).to.be.above(100);
      expect(seen.pings).to.be.above(200);
      expect(seen.expired).to.be.above(5);
      expect(seen.delivered + seen.expired).to.equal(published);
      expect(seen.received.size).to.be.within(seen.delivered - 60, seen.delivered);
    });
  }

  it('the real world would have been noticed', () => {
    for (const call of [
      () => Math.random(),
      () => Date.now(),
      () => performance.now(),
      () => setTimeout(() => {}, 0),
    ]) {
      expect(withoutTheRealWorld(call)).to.throw('of the real world was called');
    }
  });
});

/** A day is long; how it begins is enough here. */
function expectBeginning(actual: unknown, expected: unknown): void {
  const wanted = expected as string[];
  const words = (lines: unknown) =>
    (lines as string[]).slice(0, wanted.length).map(line => line.replace(/ in \d+ ms/, ''));
  expect(words(actual)).to.deep.equal(words(expected));
}
