import { expect } from 'chai';
import { type TraceEvent, drawTrace } from '../../../src/trace/index.js';
import { checkDrawTraceOptions } from '../../../src/trace/draw/draw-trace-options.js';
import { TraceWindow } from '../../../src/trace/draw/trace-window.js';
import { parse, publish, start, titlesOf, wordsOf } from './support.js';

const warning = (at: number): TraceEvent => ({ type: 'warning', at, code: 'SLOW_SUBSCRIBER', message: 'slow' });

/** A trace of a day with a message every 10 s, and with these events among them. */
function* day(...others: readonly TraceEvent[]): Generator<TraceEvent> {
  yield start;
  yield { type: 'stream', at: 0, stream: 1, change: 'subscribed', filters: ['sensors/#'] };
  yield { type: 'state', at: 0, status: 'connected' };
  const rest = [...others];
  for (let at = 0; at < 86_400_000; at += 10_000) {
    while (rest.length > 0 && rest[0]!.at < at) yield rest.shift()!;
    yield publish(at, 'sensors/1');
  }
  yield* rest;
}

describe('the picture of a trace that is too long', () => {
  it('shows the events around the first error, and says where the others are', () => {
    const errors = [1, 2, 3, 4, 5, 6, 7, 8].map(hour => warning(hour * 3_600_000 + 1));
    const svg = parse(drawTrace(day(...errors), { maxEvents: 100 }));
    const titles = titlesOf(svg).map(([first]) => first);
    expect(titles).to.have.length(100);
    expect(titles.filter(title => title === 'warning at 1:00:00.001')).to.have.length(1);
    expect(titles[0]).to.equal('PUBLISH sent at 51:50.000');
    expect(wordsOf(svg).slice(0, 4)).to.deep.equal([
      '100 of 8,651 events, from 51:50.000 to 1:08:10.000: around the first error',
      'errors and warnings: 1:00:00.001, 2:00:00.001, 3:00:00.001, 4:00:00.001, 5:00:00.001, 6:00:00.001 and 2 more',
      "choose others with options 'from' and 'to' (ms), or more with option 'maxEvents'",
      'connection$',
    ]);
    expect(wordsOf(svg)).to.include.members(['connected', "subscribed all the time: topic$('sensors/#')"]);
  });

  it('shows the first events if the first one is an error, and the last ones if none is', () => {
    const early = parse(drawTrace([warning(0), ...day()], { maxEvents: 5 }));
    expect(titlesOf(early).map(([first]) => first))
      .to.include('warning at 0 ms')
      .and.to.include('trace at 0 ms');
    const svg = parse(drawTrace(day(), { maxEvents: 3 }));
    const publishes = ['23:59:30.000', '23:59:40.000', '23:59:50.000'].map(at => `PUBLISH sent at ${at}`);
    expect(titlesOf(svg).map(([first]) => first)).to.deep.equal(publishes);
    expect(wordsOf(svg)[0]).to.equal('3 of 8,643 events, from 23:59:30.000 to 23:59:50.000: the last ones');
  });

  it('shows the first events of a window that somebody has chosen', () => {
    const svg = parse(drawTrace(day(warning(7_000_000)), { from: 3_600_000, maxEvents: 4, width: 320 }));
    expect(titlesOf(svg).map(([first]) => first)).to.deep.equal(
      ['1:00:00.000', '1:00:10.000', '1:00:20.000', '1:00:30.000'].map(at => `PUBLISH sent at ${at}`),
    );
    const heading = wordsOf(svg).slice(0, wordsOf(svg).indexOf('connection$')).join(' ');
    expect(heading).to.equal(
      '4 of 8,281 events, from 1:00:00.000 to 1:00:30.000: the first ones errors and warnings: 1:56:40.000 ' +
        "choose others with options 'from' and 'to' (ms), or more with option 'maxEvents'",
    );
  });

  it('has no heading if it shows all', () => {
    expect(wordsOf(parse(drawTrace([warning(1), warning(2)], { maxEvents: 2 })))[0]).to.equal('connection$');
  });

  it('holds no more events than are drawn, however many come', () => {
    const window = new TraceWindow(checkDrawTraceOptions({ maxEvents: 50 }));
    let most = 0;
    for (const event of day(warning(40_000_000), warning(40_000_001), warning(80_000_000))) {
      window.add(event);
      most = Math.max(most, window.events.length);
    }
    expect(most).to.equal(50);
    expect(window.events.filter(({ type }) => type === 'warning')).to.have.length(2);
    expect(window.before.streams.size).to.equal(1);
  });

  it('takes a day of 100 messages a second in little time', function () {
    this.timeout(60_000);
    const window = new TraceWindow(checkDrawTraceOptions({}));
    const event = publish(0, 'a') as { at: number } & TraceEvent;
    for (let i = 0; i < 8_640_000; i++) {
      event.at = i * 10;
      window.add(event);
    }
    expect(window.total).to.equal(8_640_000);
    expect(window.events).to.have.length(500);
  });
});
