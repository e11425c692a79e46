import { expect } from 'chai';
import { firstValueFrom } from 'rxjs';
import { MqttError } from '../../src/index.js';
import { openTrace } from '../../src/inspector/model/open-trace.js';
import { fileName, saveTrace } from '../../src/inspector/model/save-trace.js';
import { EventStore } from '../../src/inspector/model/event-store.js';
import { greenhouse, publish, start } from '../support/trace-events.js';

const bounds = { events: 1_000_000, bytes: 64 * 1024 * 1024 };
const lines = (...values: readonly unknown[]) => values.map(value => `${JSON.stringify(value)}\n`).join('');
const open = (text: string, given = bounds) => firstValueFrom(openTrace(new File([text], 'night.jsonl'), given));

describe('a trace in a file', () => {
  it('is read as it was saved', async () => {
    const store = new EventStore(bounds);
    const events = greenhouse();
    for (const event of events) store.push(event);
    const saved = await firstValueFrom(saveTrace(store));
    const { store: read, damaged, isCut } = await open(await saved.text());
    expect(Array.from({ length: read.end }, (_, i) => read.get(i))).to.deep.equal(events);
    expect({ damaged, isCut }).to.deep.equal({ damaged: 0, isCut: false });
  });

  it('is saved with its start, although older events are no longer kept', async () => {
    const store = new EventStore({ events: 600, bytes: Infinity });
    store.push(start);
    for (let i = 1; i <= 3_000; i++) store.push(publish(i, 'a', String(i)));
    const text = await (await firstValueFrom(saveTrace(store))).text();
    const { store: read } = await open(text);
    expect(read.get(0)).to.deep.equal(start);
    expect(read.get(1).at).to.be.above(1_000);
    expect(read.get(read.end - 1).at).to.equal(3_000);
  });

  it('counts the lines that cannot be read, but not one that was cut off', async () => {
    const text = lines(
      start,
      publish(1, 'a', 'x'),
      { type: 'packet', at: 2 },
      { type: 'state', at: 3, status: 'idle', error: 5 },
    );
    const { store, damaged } = await open(`${text}nonsense\n${lines(publish(4, 'a', 'y'))}{"type":"pa`);
    expect({ events: store.end, damaged }).to.deep.equal({ events: 3, damaged: 3 });
  });

  it('loses its end if it is longer than what fits', async () => {
    const text = lines(start, ...Array.from({ length: 50 }, (_, i) => publish(i, 'a', 'x')));
    const cut = await open(text, { events: 20, bytes: Infinity });
    expect({ events: cut.store.end, isCut: cut.isCut }).to.deep.equal({ events: 20, isCut: true });
    const whole = await open(text, { events: 51, bytes: Infinity });
    expect(whole.isCut).to.equal(false);
  });

  it('errors if it is no trace', async () => {
    const code = async (text: string) => {
      const error = await open(text).catch((thrown: unknown) => thrown);
      return MqttError.is(error) ? error.code : 'none';
    };
    expect(await code('')).to.equal('TRACE_UNREADABLE');
    expect(await code(lines({ ...start, version: 7 }))).to.equal('TRACE_UNREADABLE');
    expect(await code(lines(publish(1, 'a', 'x')))).to.equal('TRACE_UNREADABLE');
  });

  it('has the time of its start in its name', () => {
    expect(fileName(start.startedAt)).to.match(/^trace-2026-11-18-\d\d-\d\d-\d\d\.jsonl$/);
    expect(fileName(undefined)).to.equal('trace.jsonl');
    expect(fileName(Infinity)).to.equal('trace.jsonl');
  });
});
