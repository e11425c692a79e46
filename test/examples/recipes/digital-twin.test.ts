import { expect } from 'chai';
import { delay, map, of } from 'rxjs';
import { type State, type Twin, desire, deviceState, twin, twins } from '../../../examples/recipes/digital-twin.js';
import { virtualBroker } from '../../../src/testing/index.js';
import { mqttMarbles } from '../../support/marbles.js';

const short = ({ reported, desired, delta }: Twin) =>
  [reported, desired, delta].map(state => JSON.stringify(state)).join(' ');

describe('the recipe of a digital twin', () => {
  it(
    'shows what is reported, what is desired, and the difference; a late subscriber gets the present state',
    mqttMarbles(({ client, act, expectTimeline }) => {
      const broker = virtualBroker({ latency: 1 });
      const [app, device] = [client(broker), client(broker)];
      broker.publish('devices/7/reported', '{"on":false,"color":"red"}', { retain: true });
      const late: string[] = [];
      act('10ms d 4ms l 4ms r 9ms e', {
        d: () => desire(app, '7', { on: true, color: 'red' }),
        l: () => {
          twin(app, '7').subscribe(state => late.push(short(state)));
          expect(late.at(-1)).to.equal('{"on":false,"color":"red"} {"on":true,"color":"red"} {"on":true}');
        },
        r: () => device.publish('devices/7/reported', '{"on":true,"color":"red"}', { qos: 1, retain: true }),
        // deletes the desired state
        e: () => device.publish('devices/7/desired', '', { retain: true }),
      });
      expectTimeline(twin(app, '7').pipe(map(short))).toBe(
        '5 {"on":false,"color":"red"} {} {}',
        '12 {"on":false,"color":"red"} {"on":true,"color":"red"} {"on":true}',
        '25 {"on":true,"color":"red"} {"on":true,"color":"red"} {}',
        '32 {"on":true,"color":"red"} {} {}',
        '1002 |',
      );
    }),
  );

  it(
    'shows all devices',
    mqttMarbles(({ client, act, expectTimeline }) => {
      const broker = virtualBroker({ latency: 1 });
      const app = client(broker);
      act('10ms a b c', {
        a: () => broker.publish('devices/7/reported', '{"on":false}'),
        b: () => broker.publish('devices/8/reported', 'not JSON'),
        c: () => broker.publish('devices/9/desired', '{"on":true}'),
      });
      expectTimeline(twins(app).pipe(map(({ id, ...state }) => `${id}: ${short(state)}`))).toBe(
        '11 7: {"on":false} {} {}',
        '13 9: {} {"on":true} {"on":true}',
        '1002 |',
      );
    }),
  );

  it(
    'the device applies one change after the other, and reports what it has changed',
    mqttMarbles(({ client, act, expectTimeline }) => {
      const broker = virtualBroker({ latency: 1 });
      const [app, device] = [client(broker), client(broker)];
      const applied: State[] = [];
      /** A lamp that takes 10 ms, and has no color. */
      const apply = (delta: State) => {
        applied.push(delta);
        const { color: _, ...changed } = delta;
        return of(changed).pipe(delay(10));
      };
      act('10ms a 4ms b 100ms e', {
        a: () => desire(app, '7', { on: true, color: 'red' }),
        b: () => desire(app, '7', { on: true, color: 'red', brightness: 5 }),
        e: () =>
          expect(applied).to.deep.equal([
            { on: true, color: 'red' },
            { color: 'red', brightness: 5 },
          ]),
      });
      const state$ = deviceState(device, '7', { on: false, color: 'white' }, apply).pipe(
        map(state => JSON.stringify(state)),
      );
      expectTimeline(state$).toBe(
        '5 {"on":false,"color":"white"}',
        '24 {"on":true,"color":"white"}',
        '36 {"on":true,"color":"white","brightness":5}',
        '1002 |',
      );
      const deltas$ = twin(app, '7').pipe(map(({ delta }) => JSON.stringify(delta)));
      expectTimeline(deltas$).toBe(
        '5 {}',
        '12 {"on":true,"color":"red"}',
        '17 {"on":true,"color":"red","brightness":5}',
        '24 {"color":"red","brightness":5}',
        '36 {"color":"red"}',
        '1002 |',
      );
    }),
  );

  it(
    'what is desired while the device is away waits for it',
    mqttMarbles(({ client, expectTimeline }) => {
      const broker = virtualBroker({ latency: 1 });
      broker.publish('devices/7/desired', '{"on":true}', { retain: true });
      const state$ = deviceState(client(broker), '7', { on: false }, delta => of(delta)).pipe(
        map(({ on }) => String(on)),
      );
      expectTimeline(state$).toBe('5 false', '9 true', '1002 |');
    }),
  );
});
