import { type Observable, Subject, asyncScheduler, catchError, defer, finalize, map, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import type { Diagram, Row, StatesRow, Stage, StreamRow, WireRow } from '../../marbles/diagram.js';
import { endOf, inTicks, linksOf, spanOf } from '../../marbles/frames.js';
import { stateNames, wireWords } from '../../marbles/words.js';
import { type AckableMessage, type Link, type MqttClient, MqttError, type Transport, mqtt } from '../../src/index.js';
import { type MqttMarbles, mqttMarbles } from '../../src/testing/index.js';
import { ClientPackets } from '../../src/codec/server/client-packets.js';

type RowOf<K extends Row['kind']> = Extract<Row, { kind: K }>;

/** A test of what the diagram says: all of its rows on one virtual time, and nothing in them that is not so. */
export function run(diagram: Diagram): () => void {
  return mqttMarbles(helpers => inTicks(diagram, () => new Performance(diagram, helpers).begin()));
}

class Performance implements Stage {
  readonly #diagram: Diagram;
  readonly #helpers: MqttMarbles;
  readonly #end: number;
  readonly #sources = new Map<string, Observable<string>>();
  readonly #watched = new Map<string, unknown[]>();
  readonly #sent$ = new Subject<string>();
  #client: MqttClient | undefined;
  readonly transport: Transport;
  readonly messages = new Map<string, AckableMessage>();

  constructor(diagram: Diagram, helpers: MqttMarbles) {
    this.#diagram = diagram;
    this.#helpers = helpers;
    this.#end = endOf(diagram);
    const wire = this.#rows('wire')[0];
    if (wire === undefined) throw new Error(`${diagram.name} has no wire`);
    this.transport = this.#watchedTransport(helpers.broker(wire.broker, wire.packets));
  }

  begin(): void {
    for (const { name, marbles, values } of this.#rows('source')) {
      this.#sources.set(name, this.#helpers.hot(marbles, values));
    }
    // who watches is there before something happens
    for (const row of this.#rows('wire')) this.#expectWire(row);
    for (const { name, spans } of this.#rows('spans')) this.#expectSpans(name, spans);
    for (const row of this.#rows('states')) this.#expectStates(row);
    for (const row of this.#rows('stream')) this.#expectStream(row);
    for (const { marbles, does } of this.#rows('calls')) {
      const calls = Object.entries(does).map(([letter, [, call]]) => [letter, () => call(this)]);
      this.#helpers.act(marbles, Object.fromEntries(calls) as Record<string, () => unknown>);
    }
    asyncScheduler.schedule(() => this.#client?.close(), this.#end + 1);
  }

  get client(): MqttClient {
    return (this.#client ??= this.#newClient());
  }

  source(name: string): Observable<string> {
    const source$ = this.#sources.get(name);
    if (source$ === undefined) throw new Error(`${this.#diagram.name} has no source ${name}`);
    return source$;
  }

  watch<T>(name: string, stream$: Observable<T>): Observable<T> {
    return defer(() => {
      const from = asyncScheduler.now();
      if (from >= this.#end) return stream$;
      const spans = this.#spansOf(name);
      const index = spans.push(spanFrom(from)) - 1;
      return stream$.pipe(
        finalize(() => {
          const to = asyncScheduler.now();
          if (to < this.#end) spans[index] = spanFrom(from, to);
        }),
      );
    });
  }

  #newClient(): MqttClient {
    const { servers = ['mqtt://broker'], options = {} } = this.#diagram;
    const given = typeof options === 'function' ? options(this) : options;
    return mqtt(servers, { transport: this.transport, protocolVersion: 5, random: () => 1, ...given });
  }

  /** Reads what the client writes: the broker of a diagram is a script, and listens to nobody. */
  #watchedTransport(transport: Transport): Transport {
    return target => {
      const packets = new ClientPackets();
      const hear = (chunk: Uint8Array) => {
        packets.push(chunk);
        for (let packet = packets.next(); packet !== undefined; packet = packets.next()) {
          this.#sent$.next(wireWords(packet));
        }
      };
      const heard = (link: Link): Link => ({
        ...link,
        write: chunk => {
          hear(chunk);
          return link.write(chunk);
        },
      });
      return this.watch('links', transport(target).pipe(map(heard)));
    };
  }

  #expectWire(row: WireRow): void {
    this.#expect(this.#sent$, row.sent, row.says);
    this.#expectSpans('links', linksOf(row));
  }

  #expectSpans(name: string, spans: readonly string[]): void {
    this.#helpers.expectSubscriptions(this.#spansOf(name) as never[]).toBe([...spans]);
  }

  #expectStates({ marbles, values, says = ({ status }) => status }: StatesRow): void {
    const state$ = defer(() => this.client.connection$);
    this.#expect(state$.pipe(map(says)), marbles, { ...stateNames, ...values });
  }

  #expectStream({ of, subscribed, marbles, values, error }: StreamRow): void {
    const code = (cause: unknown) => throwError(() => (MqttError.is(cause) ? cause.code : cause));
    this.#expect(defer(() => of(this)).pipe(catchError(code)), marbles, values, error, subscribed);
  }

  #expect(
    stream$: Observable<string>,
    marbles: string,
    values?: Readonly<Record<string, string>>,
    error?: string,
    subscribed = '^',
  ): void {
    const { from, to } = spanOf(this.#diagram, subscribed);
    const span = spanMarbles(from, Math.min(to, this.#end));
    // the times of this are in ms, whatever a character means
    inTicks({}, () => this.#helpers.expectObservable(stream$, span)).toBe(marbles, values, error);
  }

  #spansOf(name: string): unknown[] {
    const spans = this.#watched.get(name) ?? [];
    this.#watched.set(name, spans);
    return spans;
  }

  #rows<K extends Row['kind']>(kind: K): RowOf<K>[] {
    return this.#diagram.rows.filter((row): row is RowOf<K> => row.kind === kind);
  }
}

const spanFrom = (from: number, to = Infinity): unknown =>
  inTicks({}, () => TestScheduler.parseMarblesAsSubscriptions(spanMarbles(from, to), true));

function spanMarbles(from: number, to: number): string {
  if (to === Infinity) return `${from}ms ^`;
  return from === to ? `${from}ms (^!)` : `${from}ms ^ ${to - from - 1}ms !`;
}
