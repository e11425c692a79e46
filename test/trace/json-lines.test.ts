import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Observable, count, firstValueFrom, from, lastValueFrom, of, toArray } from 'rxjs';
import { MqttError } from '../../src/index.js';
import { type DamagedLine, type TraceEvent, fromJsonLines, parseTrace, toJsonLines } from '../../src/trace/index.js';

const events: readonly TraceEvent[] = [
  { type: 'trace', at: 0, version: 1, startedAt: 1_700_000_000_000 },
  { type: 'state', at: 0, status: 'connecting', attempt: 1, url: 'mqtt://broker' },
  {
    type: 'packet',
    at: 7,
    direction: 'received',
    packet: {
      cmd: 'publish',
      topic: 'grün/\u2028/😀',
      qos: 0,
      retain: false,
      dup: false,
      payload: { length: 2, text: '\n"' },
    },
  },
  { type: 'ack', at: 8, kind: 'publish', packetId: 1, topic: 't', qos: 1, delivery: 'delivered', reasonCode: 0 },
  { type: 'warning', at: 9, code: 'HOLD_FULL', message: 'full' },
  { type: 'stream', at: 9, stream: 1, change: 'subscribed', filters: ['t'] },
  { type: 'figures', at: 10, inFlight: 1, queued: 0, queuedBytes: 0, unsentBytes: 0, unacknowledged: 0 },
  { type: 'end', at: 11 },
];
const bytesOf = (text: string) => new TextEncoder().encode(text);
const text = events.map(event => `${JSON.stringify(event)}\n`).join('');
const start = text.slice(0, text.indexOf('\n') + 1);

function read(source: string | Uint8Array | Iterable<string | Uint8Array>) {
  const damaged: DamagedLine[] = [];
  const read = [...parseTrace(source, { onDamaged: line => damaged.push(line) })];
  return { read, damaged: damaged.map(({ line, isTruncated, error }) => `${line} ${isTruncated} ${error.message}`) };
}

const errorOf = (source: string): MqttError => {
  try {
    const last = [...parseTrace(source)].at(-1);
    throw new Error(`it is read, and ends with ${JSON.stringify(last)}`);
  } catch (error) {
    expect(error).to.include({ name: 'MqttError', code: 'TRACE_UNREADABLE' });
    return error as MqttError;
  }
};

describe('a trace as lines of JSON', () => {
  it('is read as it was written, from text or bytes in chunks of any size [S193]', async () => {
    const lines = await lastValueFrom(from(events).pipe(toJsonLines(), toArray()));
    expect(lines.join('')).to.equal(text);
    const bytes = bytesOf(text);
    for (const size of [1, 2, 3, 7, 64, text.length]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.slice(i * size, (i + 1) * size),
      );
      const texts = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        text.slice(i * size, (i + 1) * size),
      );
      expect(await lastValueFrom(from(pieces).pipe(fromJsonLines(), toArray())), `${size} bytes`).to.deep.equal(events);
      expect(await lastValueFrom(from(texts).pipe(fromJsonLines(), toArray())), `${size} characters`).to.deep.equal(
        events,
      );
      expect([...parseTrace(pieces)]).to.deep.equal(events);
    }
    expect([...parseTrace(text)]).to.deep.equal(events);
    expect([...parseTrace(bytes)]).to.deep.equal(events);
  });

  it('has lines of any kind of end, and blank ones', () => {
    expect(read(text.replaceAll('\n', '\r\n\r\n')).read).to.deep.equal(events);
  });

  it('is read from a file that is larger than what is held', async function () {
    this.timeout(60_000);
    const directory = mkdtempSync(join(tmpdir(), 'trace-'));
    const file = join(directory, 'day.jsonl');
    const lines = 200_000;
    try {
      const line = `${JSON.stringify(events[2])}\n`;
      writeFileSync(file, start + line.repeat(lines));
      const before = process.memoryUsage().heapUsed;
      let most = 0;
      const event$ = from(createReadStream(file) as AsyncIterable<Uint8Array>).pipe(fromJsonLines());
      const watched$ = new Observable<TraceEvent>(subscriber => {
        let n = 0;
        const subscription = event$.subscribe({
          next: event => {
            if (n++ % 10_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed - before);
            subscriber.next(event);
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        });
        return subscription;
      });
      expect(await lastValueFrom(watched$.pipe(count()))).to.equal(lines + 1);
      expect(most).to.be.below(60 * 1024 * 1024);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('is read as far as somebody asks', () => {
    function* endless(): Generator<string> {
      yield start;
      for (;;) yield `${JSON.stringify(events[2])}\n`;
    }
    const trace = parseTrace(endless());
    expect(Array.from({ length: 3 }, () => (trace.next().value as TraceEvent).type)).to.deep.equal([
      'trace',
      'packet',
      'packet',
    ]);
  });

  it('is refused if it is something else, before more than 64 KiB of it are gathered', () => {
    expect(errorOf('').message).to.include('the trace is empty');
    expect(errorOf('hello\n').message).to.equal(
      'the first line is not JSON; a trace begins with an event of the type trace',
    );
    expect(errorOf('{"type":"end","at":0}\n').message).to.include('the first line is an event of the type end');
    const chunks = function* () {
      for (let i = 0; i < 100; i++) {
        yield 'x'.repeat(1024);
        expect(i, 'KiB').to.be.below(70);
      }
    };
    expect(() => [...parseTrace(chunks())]).to.throw(MqttError, /more than 65536 bytes/);
  });

  it('is refused if a newer version wrote it, also where that one continues it', () => {
    const newer = '{"type":"trace","at":0,"version":2,"startedAt":0}\n';
    const words = 'the trace has version 2 of the format, and this version of the library reads 1';
    expect(errorOf(newer).message).to.include(words);
    expect(errorOf(start + newer).message).to.include(words);
    expect(() => [...parseTrace(newer, { onDamaged: () => undefined })]).to.throw(MqttError, words);
    expect(errorOf('{"type":"trace","at":0,"startedAt":0}\n').message).to.include('version undefined');
  });

  it('errors at a damaged line, or keeps it apart [S193]', () => {
    const lines = [
      '{"type":"sta',
      '[]',
      '{"type":"stale","at":1}',
      '{"type":"constructor","at":1}',
      '{"type":"state","at":-1,"status":"idle"}',
      '{"type":"state","at":"1","status":"idle"}',
      '{"type":"state","at":1}',
      '{"type":"packet","at":1,"direction":"sent","packet":null}',
      '{"type":"packet","at":1,"direction":"sent","packet":{}}',
      '{"type":"stream","at":1,"stream":1,"change":"left","filters":[1]}',
    ];
    const end = '{"type":"end","at":3}\n';
    for (const line of lines)
      expect(errorOf(`${start}${line}\n${end}`).message, line).to.match(/^line 2 of the trace /);
    const { read: kept, damaged } = read(`${start}${lines.join('\n')}\n${end}`);
    expect(kept.map(({ type }) => type)).to.deep.equal(['trace', 'end']);
    expect(damaged).to.deep.equal([
      '2 false line 2 of the trace is not JSON',
      '3 false line 3 of the trace is not an object',
      "4 false line 4 of the trace has the type 'stale', which no event has",
      "5 false line 5 of the trace has the type 'constructor', which no event has",
      "6 false line 6 of the trace has -1 as 'at', which must be a time in ms",
      "7 false line 7 of the trace has '1' as 'at', which must be a time in ms",
      "8 false line 8 of the trace has no 'status', or one of another type",
      "9 false line 9 of the trace has no 'packet', or one of another type",
      "10 false line 10 of the trace has a packet without 'cmd'",
      "11 false line 11 of the trace has no 'filters', or one of another type",
    ]);
  });

  it('does not quote a damaged line, which may hold a payload', () => {
    expect(errorOf(`${start}{"secret": hunter2}\n`).message).to.not.include('hunter2');
    expect(errorOf(`${start}{"secret": hunter2}\n`).cause).to.equal(undefined);
  });

  it('ends before a last line that was cut off, and gives it to whom wants it [S193]', async () => {
    const cut = text.slice(0, -10);
    expect([...parseTrace(cut)]).to.deep.equal(events.slice(0, -1));
    expect(read(cut).damaged).to.deep.equal([
      `${events.length} true line ${events.length} of the trace has no end and is not JSON`,
    ]);
    expect(await lastValueFrom(of(cut).pipe(fromJsonLines(), toArray()))).to.deep.equal(events.slice(0, -1));
    // only its newline is missing
    expect([...parseTrace(text.slice(0, -1))]).to.deep.equal(events);
  });

  it('errors as a stream, after the events before the error', async () => {
    const seen: string[] = [];
    const done = new Promise<void>(resolve => {
      of(`${start}x\n`)
        .pipe(fromJsonLines())
        .subscribe({
          next: ({ type }) => seen.push(type),
          error: (error: unknown) => resolve(void seen.push((error as MqttError).code)),
        });
    });
    await done;
    expect(seen).to.deep.equal(['trace', 'TRACE_UNREADABLE']);
  });

  it('is read anew by each subscription', async () => {
    const event$ = of(text).pipe(fromJsonLines());
    expect(await firstValueFrom(event$)).to.deep.equal(events[0]);
    expect(await lastValueFrom(event$)).to.deep.equal(events.at(-1));
  });
});
