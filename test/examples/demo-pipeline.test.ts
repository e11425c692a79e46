import { expect } from 'chai';
import { map, take, toArray } from 'rxjs';
import { above, history, jumps, rollingAverage, silence } from '../../examples/demo/operators.js';
import { alarms, inOrder, roomViews } from '../../examples/demo/pipeline.js';
import { type Kind, type Reading, type Room, toReading } from '../../examples/demo/readings.js';
import { sensors } from '../../examples/demo/sensors.js';
import { MqttMessage } from '../../src/index.js';
import { testScheduler } from '../support/marbles.js';

const run = (body: Parameters<ReturnType<typeof testScheduler>['run']>[0]) => () => testScheduler().run(body);
const reading = (room: Room, kind: Kind, seq: number, value: number): Reading => ({ room, kind, seq, value });

describe('demo: the operators', () => {
  const numbers = { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 };

  it(
    'rollingAverage() averages the last values, fewer at first',
    run(({ cold, expectObservable }) => {
      const averages = { x: 1, y: 1.5, z: 2.5, w: 3.5 };
      expectObservable(cold('-a-b-c-d-|', numbers).pipe(rollingAverage(2))).toBe('-x-y-z-w-|', averages);
    }),
  );

  it(
    'history() keeps averages of several values each, the last few',
    run(({ cold, expectObservable }) => {
      const histories = { x: [1.5], y: [1.5, 3.5], z: [3.5, 5.5] };
      expectObservable(cold('-a-b-c-d-e-f-', numbers).pipe(history(2, 2))).toBe('---x---y---z-', histories);
    }),
  );

  it(
    'above() rings once, and not again until the value was below the lower limit',
    run(({ cold, expectObservable }) => {
      const source$ = cold('-b-d-c-d-a-d-', numbers);
      expectObservable(source$.pipe(above(3, 2))).toBe('n--y-----n-y-', { y: true, n: false });
    }),
  );

  it(
    'jumps() tells of steep rises, not of falls',
    run(({ cold, expectObservable }) => {
      expectObservable(cold('-a-b-f-a-d|', numbers).pipe(jumps(3))).toBe('-----x---y|', { x: 4, y: 3 });
    }),
  );

  it(
    'silence() is told once, and broken by the next value',
    run(({ cold, expectObservable }) => {
      expectObservable(cold('-a-a------a-----', numbers).pipe(silence(4))).toBe('-n-----y--n---y-', {
        y: true,
        n: false,
      });
    }),
  );
});

describe('demo: the pipeline', () => {
  it(
    'inOrder() drops what comes again or late, for each sensor',
    run(({ cold, expectObservable }) => {
      const a = reading('kitchen', 'humidity', 0, 50);
      const b = reading('kitchen', 'humidity', 1, 51);
      const c = reading('office', 'humidity', 0, 40);
      expectObservable(cold('-a-b-a-b-c-c-|', { a, b, c }).pipe(inOrder())).toBe('-a-b-----c---|', { a, b, c });
    }),
  );

  it(
    'alarms() tells when a room becomes warm and when that is over, from averages',
    run(({ cold, expectObservable }) => {
      const values = { l: 20, h: 26 };
      const reading$ = cold('lhhhhhllll', values).pipe(map((value, n) => reading('office', 'temperature', n, value)));
      expectObservable(reading$.pipe(alarms())).toBe('----w--c--', {
        w: { room: 'office', text: 'is warm, above 24.5 °C' },
        c: { room: 'office', text: 'has cooled down below 24.0 °C' },
      });
    }),
  );

  it(
    'alarms() tells of a jump in power',
    run(({ cold, expectObservable }) => {
      const power$ = cold('-a-b-a|', { a: 100, b: 1900 });
      const alarm = { room: 'kitchen', text: 'draws 1.8 kW more' };
      const reading$ = power$.pipe(map((value, n) => reading('kitchen', 'power', n, value)));
      expectObservable(reading$.pipe(alarms())).toBe('---x--|', { x: alarm });
    }),
  );

  it(
    'roomViews() shows a room from its first reading on, and says when it is silent',
    run(({ cold, expectObservable }) => {
      const a = reading('kitchen', 'power', 0, 3600);
      const seen$ = cold('-a', { a }).pipe(
        roomViews(),
        map(views => views.get('kitchen')!),
        map(({ power, energy, temperature, silent }) => [power, energy, temperature, silent].join(' ')),
      );
      // combineLatest() emits for each part that the reading moves
      expectObservable(seen$, '^ 1500ms !').toBe('-(abcd) 994ms e', {
        a: ' 0  false',
        b: '3600 0  false',
        c: '3600 0.25  false',
        d: '3600 0.25  false',
        e: '3600 0.25  true',
      });
    }),
  );
});

describe('demo: the sensors', () => {
  it('give the same readings for the same seed, numbered without a gap', () => {
    const first = (seed: number) => {
      let seen: Reading[] = [];
      testScheduler().run(() =>
        sensors(seed)
          .pipe(take(90), toArray())
          .subscribe(all => (seen = all)),
      );
      return seen;
    };
    expect(first(7)).to.have.length(90).and.deep.equal(first(7)).but.not.deep.equal(first(8));
    const humidity = first(7).filter(({ room, kind }) => room === 'office' && kind === 'humidity');
    expect(humidity.map(({ seq }) => seq)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('understand what they wrote, and nothing else', () => {
    const message = (topic: string, text: string) =>
      new MqttMessage(topic, new TextEncoder().encode(text), 0, false, false);
    expect(toReading(message('x/office/power', '{"seq":3,"value":1.5}'))).to.deep.equal(
      reading('office', 'power', 3, 1.5),
    );
    for (const [topic, text] of [
      ['x/cellar/power', '{"seq":3,"value":1.5}'],
      ['x/office/noise', '{"seq":3,"value":1.5}'],
      ['x/office/power', 'hello'],
      ['x/office/power', 'null'],
      ['x/office/power', '{"seq":"3","value":1.5}'],
    ] as const) {
      expect(toReading(message(topic, text)), `${topic} ${text}`).to.be.undefined;
    }
  });
});
