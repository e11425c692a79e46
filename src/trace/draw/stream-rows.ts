import type { TraceStream } from '../trace-event.js';
import { streamWords } from './event-words.js';
import { some } from './packet-words.js';
import type { Mark, Row, Span, SpanEnd } from './picture/rows.js';
import { fittedCode } from './picture/text-width.js';

interface OpenSpan {
  begin?: Mark;
  end?: SpanEnd;
}

/** The rows of the streams of a band: one for each list of filters with a stream that comes or leaves. */
export class StreamRows {
  /** Those that are open when the band begins, and have not left since. */
  readonly #staying: Map<number, TraceStream>;
  readonly #open = new Map<number, OpenSpan>();
  readonly #spans = new Map<string, OpenSpan[]>();

  readonly #nameWidth: number;

  /** @param nameWidth - px that the name of a row may take. */
  constructor(open: ReadonlyMap<number, TraceStream>, nameWidth: number) {
    this.#staying = new Map(open);
    this.#nameWidth = nameWidth;
  }

  get size(): number {
    return this.#spans.size;
  }

  add(event: TraceStream, mark: Mark): void {
    const { stream, change } = event;
    if (change === 'subscribed') {
      const span = { begin: mark };
      this.#open.set(stream, span);
      this.#spansOf(event).push(span);
      return;
    }
    const end: SpanEnd = { ...mark, sign: signs[change] ?? 'unsubscribed' };
    const open = this.#open.get(stream);
    if (open === undefined) this.#spansOf(event).push({ end });
    else open.end = end;
    this.#open.delete(stream);
    this.#staying.delete(stream);
  }

  rows(): Row[] {
    const rows = [...this.#spans].map(([name, spans]) => this.#row(name, spans));
    const names = new Set([...this.#staying.values()].map(streamWords));
    if (names.size === 0) return rows;
    const words = `subscribed all the time: ${some([...names], name => name).join(', ')}`;
    return [...rows, this.#row(words, [])];
  }

  #row(name: string, spans: readonly Span[]): Row {
    return { kind: 'spans', name: fittedCode(name, 12, this.#nameWidth), spans };
  }

  #spansOf(event: TraceStream): OpenSpan[] {
    const name = streamWords(event);
    const spans = this.#spans.get(name) ?? [];
    this.#spans.set(name, spans);
    return spans;
  }
}

const signs: Readonly<Partial<Record<string, SpanEnd['sign']>>> = { completed: 'completion', errored: 'error' };
