import { expect } from 'chai';
import * as fc from 'fast-check';
import { Subject, concat, from, throwError } from 'rxjs';
import { MqttError } from '../../../src/index.js';
import { type DrawTraceOptions, type TraceEvent, drawTrace, toDrawing } from '../../../src/trace/index.js';
import { trace } from './arbitrary-trace.js';
import { exampleTrace, packet } from '../../../marbles/example-trace.js';
import { parse, publish, start, titlesOf, wordsOf } from './support.js';

const runs = { numRuns: 60 };

describe('drawTrace', () => {
  it('has each event once, with what it is, when it was, and all of its fields', () => {
    const titles = titlesOf(parse(drawTrace(exampleTrace)));
    expect(titles.map(([first]) => first)).to.have.members([
      'trace at 0 ms',
      'state at 0 ms',
      'stream at 0 ms',
      'CONNECT sent at 1 ms',
      'CONNACK received at 4 ms',
      'state at 4 ms',
      'SUBSCRIBE sent at 4 ms',
      'SUBACK received at 7 ms',
      'ack at 7 ms',
      'PUBLISH sent at 20 ms',
      'figures at 20 ms',
      'state at 30 ms',
      'state at 1.030 s',
      'CONNECT sent at 1.031 s',
      'CONNACK received at 1.034 s',
      'state at 1.034 s',
      'PUBLISH sent at 1.034 s',
      'PUBACK received at 1.040 s',
      'ack at 1.040 s',
      'warning at 1.040 s',
      'stream at 1.041 s',
      'state at 1.050 s',
      'DISCONNECT sent at 1.050 s',
      'state at 1.051 s',
      'end at 1.051 s',
    ]);
    expect(titles.find(([first]) => first === 'PUBLISH sent at 1.034 s')).to.deep.equal([
      'PUBLISH sent at 1.034 s',
      "topic: 'rooms/1'",
      'qos: 1',
      'packetId: 2',
      'dup: true',
      "payload: { length: 4, text: '21.5' }",
    ]);
  });

  it('has each event of any trace once, from left to right in its order', () => {
    fc.assert(
      fc.property(trace, events => {
        const svg = parse(drawTrace(events, { width: 20_000 }));
        const drawn = [...svg.querySelectorAll('g > title')].map(title => {
          const index = Number(/\nindex: (\d+)/.exec(title.textContent)![1]);
          return { index, band: bandOf(svg, title.parentElement!), x: xOf(title.parentElement!) };
        });
        drawn.sort((a, b) => a.index - b.index);
        expect(drawn.map(({ index }) => index)).to.deep.equal(events.map((_, index) => index));
        drawn.slice(1).forEach(({ index, band, x }, i) => {
          const before = drawn[i]!;
          expect(band, `band of ${index}`).to.be.at.least(before.band);
          if (band === before.band) expect(x, `x of ${index}`).to.be.at.least(before.x - 1);
        });
      }),
      runs,
    );
  });

  it('is as wide as it may be, and has all of its words within its edges', () => {
    fc.assert(
      fc.property(trace, fc.integer({ min: 390, max: 1500 }), (events, width) => {
        const svg = parse(drawTrace(events, { width }));
        expect(Number(svg.getAttribute('width'))).to.be.at.most(width);
        for (const text of svg.querySelectorAll('text:not(.middle)'))
          expect(Number(text.getAttribute('x')) + text.textContent.length * 4).to.be.at.most(width);
        for (const rect of svg.querySelectorAll('rect')) {
          const [x, wide] = ['x', 'width'].map(name => Number(rect.getAttribute(name)));
          expect(x!).to.be.at.least(0);
          expect(x! + wide!).to.be.at.most(width);
        }
      }),
      runs,
    );
  });

  it('shows the states of the connection, and where there is none', () => {
    const svg = parse(drawTrace(exampleTrace, { width: 5000 }));
    const words = wordsOf(svg);
    expect(words).to.include.members(['connecting', 'connected', 'CONNECTION_CLOSED, again in 1 s', 'disconnecting']);
    expect(words).to.include.members(['connecting, attempt 2', 'no connection', 'closed']);
    // the link broke once, and was closed once
    expect(svg.querySelectorAll('.red > path.cut')).to.have.length(2);
    const [zigzag, cross] = [...svg.querySelectorAll('.red > path.cut')].map(path => path.getAttribute('d')!);
    expect(zigzag!.split('L')).to.have.length.above(5);
    expect(cross).to.match(/^M[\d.]+ [\d.]+l10 10M/);
  });

  it('shows what a packet is about in few words, and what it may not be confused with', () => {
    const svg = parse(
      drawTrace([
        packet(1, 'sent', 'connect', { protocolVersion: 4, clean: false }),
        packet(2, 'received', 'connack', { sessionPresent: true, reasonCode: 0x87 }),
        packet(3, 'received', 'publish', {
          topic: 'a/topic/that/is/longer/than/a/packet',
          qos: 2,
          packetId: 65_535,
          dup: true,
          retain: true,
          payload: { length: 3, base64: '/wEC' },
        }),
        packet(4, 'sent', 'subscribe', {
          packetId: 9,
          subscriptions: [1, 2, 3, 4, 5].map(n => ({ filter: `f/${n}`, qos: 1 })),
        }),
        packet(5, 'received', 'suback', { packetId: 9, reasonCodes: [1, 0x87, 0, 0, 0] }),
        packet(6, 'sent', 'unsubscribe', { packetId: 10, filters: ['f/1'] }),
        packet(7, 'sent', 'pingreq'),
      ]),
    );
    const details = [...svg.querySelectorAll('g')].flatMap(group => {
      const [name, ...lines] = [...group.querySelectorAll('text.packet, text.detail')].map(text => text.textContent);
      return name === undefined ? [] : [[name, ...lines].join(' ')];
    });
    expect(details).to.deep.equal([
      'CONNECT v4 resume',
      'CONNACK session present 0x87',
      'PUBLISH q2 #65535 dup retain a/topic/that/is/longe… 3 bytes',
      'SUBSCRIBE #9 f/1:1 f/2:1 f/3:1 +2 more',
      'SUBACK #9 0x87',
      'UNSUBSCRIBE #10 f/1',
      'PINGREQ',
    ]);
  });

  it('breaks time where nothing happens', () => {
    const quiet = [publish(0, 'a'), publish(10, 'a'), publish(20, 'a'), publish(30, 'a'), publish(7_200_030, 'a')];
    const svg = parse(drawTrace(quiet));
    expect(wordsOf(svg)).to.include.members(['30 ms', '2:00:00.030']);
    expect(svg.querySelectorAll('path[d*="l4 -8"]')).to.have.length(1);
    const steady = quiet.slice(0, -1);
    expect(parse(drawTrace(steady)).querySelectorAll('path[d*="l4 -8"]')).to.have.length(0);
  });

  it('tells errors from values by their shapes, and directions by arrows, without colours', () => {
    const svg = parse(
      drawTrace([
        { type: 'ack', at: 1, kind: 'publish', packetId: 1, delivery: 'delivered' },
        { type: 'ack', at: 2, kind: 'publish', packetId: 2, delivery: 'indeterminate' },
        { type: 'ack', at: 3, kind: 'subscribe', packetId: 3, filters: ['a'], reasonCodes: [0x87] },
        { type: 'ack', at: 4, kind: 'unsubscribe', packetId: 4, filters: ['a'], reasonCodes: [0] },
      ]),
    );
    const capsules = [...svg.querySelectorAll('g > rect.pill')].map(rect => [
      rect.parentElement!.querySelector('text')!.textContent,
      rect.getAttribute('rx'),
    ]);
    expect(capsules).to.deep.equal([
      ['#1 delivered', '11'],
      ['#2 indeterminate', null],
      ['#3 refused 0x87', null],
      ['#4 unsubscribed', '11'],
    ]);
    const arrows = parse(drawTrace([packet(1, 'sent', 'pingreq'), packet(2, 'received', 'pingresp')]));
    const [down, up] = [...arrows.querySelectorAll('g > circle.head')].map(({ parentElement }) => ({
      from: Number(parentElement!.querySelector('circle')!.getAttribute('cy')),
      box: Number(parentElement!.querySelector('rect')!.getAttribute('y')),
    }));
    expect(down!.from).to.be.below(down!.box);
    expect(up!.from).to.be.above(up!.box);
  });

  it('shows how a stream ends: left, completed or errored', () => {
    const stream = (at: number, number: number, change: string): TraceEvent =>
      ({ type: 'stream', at, stream: number, change, filters: [`f/${number}`] }) as TraceEvent;
    const changes = ['left', 'completed', 'errored'];
    const svg = parse(
      drawTrace([
        ...changes.map((_, i) => stream(0, i, 'subscribed')),
        ...changes.map((change, i) => stream(10, i, change)),
      ]),
    );
    expect(wordsOf(svg)).to.include.members(["topic$('f/0')", "topic$('f/1')", "topic$('f/2')"]);
    expect(svg.querySelectorAll('g.trying')).to.have.length(3);
    expect(svg.querySelectorAll('line.thick:not([y1="66"])')).to.have.length.at.least(1);
    expect(svg.querySelectorAll('g.red > path')).to.have.length(1);
  });

  it('draws the window from `from` to `to` with what goes on when it begins', () => {
    const svg = parse(drawTrace(exampleTrace, { from: 10, to: 25 }));
    expect(titlesOf(svg).map(([first]) => first)).to.deep.equal(['PUBLISH sent at 20 ms', 'figures at 20 ms']);
    expect(wordsOf(svg)).to.include.members(['connected', "subscribed all the time: topic$('sensors/#')"]);
    expect(wordsOf(svg)).to.not.include('no connection');
    const later = wordsOf(parse(drawTrace(exampleTrace, { from: 500, to: 1031, width: 2000 })));
    expect(later).to.include.members(['CONNECTION_CLOSED, again in 1 s', 'no connection']);
    const empty = parse(drawTrace(exampleTrace, { from: 40, to: 50 }));
    expect(wordsOf(empty)).to.deep.equal(['no event of the trace is between 40 ms and 50 ms']);
    const bottom = Number(empty.getAttribute('height'));
    expect(bottom).to.be.above(Number(empty.querySelector('text')!.getAttribute('y')));
  });

  it('is the same for the same trace, byte by byte, and has the theme that is asked for', () => {
    expect(drawTrace(exampleTrace)).to.equal(drawTrace(JSON.parse(JSON.stringify(exampleTrace)) as TraceEvent[]));
    const [auto, light, dark] = (['auto', 'light', 'dark'] as const).map(theme => drawTrace(exampleTrace, { theme }));
    expect(auto).to.include('prefers-color-scheme:dark').and.equal(drawTrace(exampleTrace));
    expect(light).to.include('#ffffff').and.not.include('prefers-color-scheme').and.not.include('#0d1117');
    expect(dark).to.include('#0d1117').and.not.include('prefers-color-scheme').and.not.include('#ffffff');
  });

  it('styles nothing but itself in a page', () => {
    const style = parse(drawTrace(exampleTrace)).querySelector('style')!.textContent;
    const selectors = [...style.matchAll(/([^{}]+)\{[^{}]*\}/g)].flatMap(([, list]) => list!.split(','));
    expect(selectors).to.have.length.above(50);
    for (const selector of selectors) expect(selector.trim()).to.match(/^\.rxjs-mqtt-auto /);
  });

  it('says what it is to readers who do not see it', () => {
    const svg = parse(drawTrace(exampleTrace));
    expect(svg.getAttribute('role')).to.equal('img');
    expect(svg.firstElementChild!.outerHTML).to.match(/^<title[^>]*>Trace of an MQTT client<\/title>$/);
    expect(svg.querySelector('svg > desc')!.textContent).to.equal(
      'From 0 ms to 1.051 s: 6 packets sent, 4 received, 2 settlements, 4 errors and warnings.',
    );
  });

  it('shows hostile text as text, whole and printable', () => {
    const hostile = '<script>alert("1")</script>\'&\0\u001b[31m\u202e\ud800\uffff]]><!--';
    const svg = parse(
      drawTrace([
        { type: 'trace', at: 0, version: 1, startedAt: Infinity },
        packet(1, 'sent', 'publish', { topic: hostile, [hostile]: hostile, payload: { length: 9, text: hostile } }),
        packet(1, 'received', hostile),
        { type: 'state', at: 2, status: hostile as 'idle', error: { code: hostile, message: hostile } },
        { type: 'ack', at: 3, kind: hostile as 'publish', packetId: 1, filters: [hostile], reasonCodes: [] },
        { type: 'warning', at: 4, code: hostile, message: hostile },
        { type: 'stream', at: 5, stream: 1, change: 'subscribed', filters: [hostile] },
      ]),
    );
    expect(svg.querySelector('script')).to.equal(null);
    expect(titlesOf(svg)).to.have.length(7);
    expect(titlesOf(svg).flat()).to.include(
      "topic: '<script>alert(\"1\")</script>'&\\u0000\\u001b[31m\\u202e\\ud800\uffff]]><!--'".replace(
        '\uffff',
        '\ufffd',
      ),
    );
    expect(svg.textContent).to.not.match(/[\0-\x08\x0b-\x1f\u202e\ud800-\udfff]/);
  });

  it('shows no credential that a trace should not have', () => {
    const svg = drawTrace([
      packet(1, 'sent', 'connect', { password: 'hunter2', properties: { authenticationData: 'hunter2' } }),
    ]);
    expect(svg).to.include('password: ...').and.not.include('hunter2');
  });

  it('draws what is large in little room', () => {
    const deep = Array.from({ length: 50 }).reduce<unknown>(inner => ({ inner }), 'core');
    const svg = drawTrace([
      packet(1, 'sent', 'publish', {
        topic: 't'.repeat(65_535),
        payload: { length: 1e6, text: 'x'.repeat(1e6), value: deep },
        ...Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`field${i}`, Array.from({ length: 1000 })])),
      }),
    ]);
    expect(svg.length).to.be.below(25_000);
  });

  it('refuses options that mean nothing, and values that are no events', () => {
    const refused: [DrawTraceOptions, string][] = [
      [{ from: -1 }, "option 'from' must be a number of ms from 0; got -1"],
      [{ from: 5, to: 4 }, "option 'to' must be a number of ms from option 'from'; got 4"],
      [{ to: NaN }, "option 'to' must be a number of ms from option 'from'; got NaN"],
      [{ width: 100 }, "option 'width' must be a number of px from 320 to 20,000; got 100"],
      [{ maxEvents: 1.5 }, "option 'maxEvents' must be an integer from 1 to 5,000; got 1.5"],
      [{ theme: 'blue' as 'dark' }, "option 'theme' must be 'auto', 'light' or 'dark'; got string"],
    ];
    for (const [options, message] of refused) {
      const error = thrownBy(() => drawTrace([], options));
      expect(MqttError.is(error, 'INVALID_ARGUMENT') && error.message).to.equal(message);
      expect(thrownBy(() => toDrawing(options))).to.deep.include({ message });
    }
    for (const value of [
      'x',
      null,
      5,
      {},
      { type: 'end', at: NaN },
      { type: 'packet', at: 1 },
      { type: 'stream', at: 1 },
    ]) {
      const error = thrownBy(() => drawTrace([start, value as unknown as TraceEvent]));
      expect(MqttError.is(error, 'INVALID_ARGUMENT') && error.message).to.equal(
        'value 2 of the trace is no event with its type, time and fields; pass events as recordTrace() emits them',
      );
    }
    expect(drawTrace([{ type: 'later', at: 1 } as unknown as TraceEvent])).to.include('<svg');
  });
});

describe('toDrawing', () => {
  it('emits the picture of drawTrace() when its source completes', () => {
    const event$ = new Subject<TraceEvent>();
    const emitted: string[] = [];
    let isComplete = false;
    event$.pipe(toDrawing({ width: 700 })).subscribe({
      next: svg => emitted.push(svg),
      complete: () => (isComplete = true),
    });
    for (const event of exampleTrace) event$.next(event);
    expect(emitted).to.deep.equal([]);
    event$.complete();
    expect(emitted).to.deep.equal([drawTrace(exampleTrace, { width: 700 })]);
    expect(isComplete).to.equal(true);
  });

  it('draws each subscription on its own, passes errors on, and unsubscribes from its source', () => {
    const drawing$ = from(exampleTrace).pipe(toDrawing());
    const emitted: string[] = [];
    drawing$.subscribe(svg => emitted.push(svg));
    drawing$.subscribe(svg => emitted.push(svg));
    expect(emitted[0]).to.equal(emitted[1]).and.equal(drawTrace(exampleTrace));

    let error: unknown;
    const failure = new Error('damaged');
    concat(
      from(exampleTrace),
      throwError(() => failure),
    )
      .pipe(toDrawing())
      .subscribe({ next: () => expect.fail('emits a part'), error: (cause: unknown) => (error = cause) });
    expect(error).to.equal(failure);

    const event$ = new Subject<TraceEvent>();
    event$.pipe(toDrawing()).subscribe().unsubscribe();
    expect(event$.observed).to.equal(false);
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Counts the time lines above an element. */
function bandOf(svg: Element, element: Element): number {
  const names = [...svg.querySelectorAll('text.code')].filter(text => text.textContent === 'connection$');
  return names.filter(name => (name.compareDocumentPosition(element) & 4) !== 0).length;
}

/** Where an event stands on the time axis. */
function xOf(group: Element): number {
  const [line, rect, text] = ['line', 'rect', 'text'].map(name => group.querySelector(name));
  const kind = group.getAttribute('class')!;
  if (line) return Number(line.getAttribute('x1'));
  if (kind === 'titled') return Number(text!.getAttribute('x')) - 4;
  if (text?.getAttribute('class') === 'middle') return Number(text.getAttribute('x'));
  // what can be pointed at begins left of the end of a bar
  const isEndOfBar = rect!.getAttribute('height') === '18';
  return Number(rect!.getAttribute('x')) + (isEndOfBar ? 6 : 0);
}
