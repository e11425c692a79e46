/** Something at a moment. */
export interface Mark {
  /** ms */
  readonly frame: number;
  /** How many places of its moment are left to others before it. Default 0. */
  readonly place?: number;
  /** What a reader gets who points at it, a line each. */
  readonly title?: readonly string[];
}

/** A row of a picture, without its place in it. */
export type Row = WireRow | StatesRow | StreamRow | SpansRow | CallsRow | NotesRow | PlotRow | BoxRow;

/** The client above and the broker below, and what passes between them, in its order. */
export interface WireRow {
  readonly kind: 'wire';
  /** Whether there is a connection when the picture begins. */
  readonly isLinked: boolean;
  readonly events: readonly WireEvent[];
}

export type WireEvent = PacketMark | EdgeMark;

export interface PacketMark extends Mark {
  readonly kind: 'received' | 'sent';
  /** As MQTT writes it: PUBLISH. */
  readonly name: string;
  readonly details: readonly string[];
}

/** Where a connection ends: `shut` by one of the two, or `cut`. */
export interface EdgeMark extends Mark {
  readonly kind: 'shut' | 'cut';
}

export interface WordsMark extends Mark {
  readonly words: string;
}

/** The states of the connection, each a bar until the next. */
export interface StatesRow {
  readonly kind: 'states';
  /** Whether the first state goes on when the picture begins. */
  readonly goesOn?: boolean;
  readonly states: readonly WordsMark[];
}

/** A stream as RxJS draws it: marbles on a line, a bar where it completes, a cross where it errors. */
export interface StreamRow {
  readonly kind: 'stream';
  readonly name: string;
  /** Whether the client emits the values, or the application. */
  readonly colour: 'value' | 'source';
  /** Where it is subscribed; absent if it goes on when the picture begins. */
  readonly begin?: Mark;
  /** Where it is unsubscribed. */
  readonly end?: Mark;
  readonly values: readonly ValueMark[];
}

export interface ValueMark extends WordsMark {
  readonly sign: 'value' | 'error' | 'completion';
}

/** Bars from subscription to unsubscription, under each other where they overlap. */
export interface SpansRow {
  readonly kind: 'spans';
  readonly name: string;
  readonly spans: readonly Span[];
}

export interface Span {
  /** Absent if it goes on when the picture begins. */
  readonly begin?: Mark;
  /** Absent if it goes on when the picture ends. */
  readonly end?: SpanEnd;
}

export interface SpanEnd extends Mark {
  readonly sign: 'unsubscribed' | 'error' | 'completion';
}

/** What the application does, as code. */
export interface CallsRow {
  readonly kind: 'calls';
  readonly calls: readonly WordsMark[];
}

/** Words at a moment. */
export interface NotesRow {
  readonly kind: 'notes';
  readonly name?: string;
  readonly notes: readonly WordsMark[];
}

/** Figures that change in steps, each a line. */
export interface PlotRow {
  readonly kind: 'plot';
  /** From top to bottom of the legend; the first one is drawn solid, the second one dashed. */
  readonly names: readonly [string, string];
  /** The values when the picture begins. */
  readonly before?: readonly [number, number];
  readonly points: readonly PlotPoint[];
}

export interface PlotPoint extends Mark {
  readonly values: readonly [number, number];
}

/** The operator between what is above and what is below. */
export interface BoxRow {
  readonly kind: 'box';
  readonly text: string;
}
