import type { Observable } from 'rxjs';
import type { AckableMessage, ConnectionState, MqttClient, MqttOptions, Packet, Transport } from '../src/index.js';

/**
 * A diagram of streams that is also a test: `test/marbles` runs it against the library, `npm run marbles` draws it.
 * All marbles are in the notation of the TestScheduler; a character stands for `tick` ms, `10s` and `5ms` for themselves.
 */
export interface Diagram {
  /** The name of the drawing. */
  readonly name: string;
  /** What it shows, to somebody who has not read the code. */
  readonly sentence: string;
  /** ms of one character. Default 1. */
  readonly tick?: number;
  /** ms; what happens before is run, and not drawn. Default: all is drawn. */
  readonly drawnFrom?: number;
  /** Of the client; its delays have no jitter. */
  readonly options?: MqttOptions | ((stage: Stage) => MqttOptions);
  /** Default: one. */
  readonly servers?: readonly string[];
  /** From top to bottom. */
  readonly rows: readonly Row[];
}

export type Row = WireRow | StatesRow | StreamRow | SourceRow | SpansRow | CallsRow | BoxRow | NotesRow;

/** The client and the broker, and what passes between them. */
export interface WireRow {
  readonly kind: 'wire';
  /** What the broker does, one diagram a link, from the moment it is open; `#` breaks it. */
  readonly broker: readonly string[];
  readonly packets: Readonly<Record<string, Packet>>;
  /** What the client sends, in words. */
  readonly sent: string;
  readonly says: Readonly<Record<string, string>>;
  /** From when to when there is a link, one a diagram. Default: one from the start to the end. */
  readonly links?: readonly string[];
}

/** `connection$`: i idle, c connecting, C connected, r reconnecting, d disconnecting, x closed, unless `values` says otherwise. */
export interface StatesRow {
  readonly kind: 'states';
  readonly marbles: string;
  /** Default: the status. */
  readonly says?: (state: ConnectionState) => string;
  readonly values?: Readonly<Record<string, string>>;
}

/** What a stream emits, in words. */
export interface StreamRow {
  readonly kind: 'stream';
  /** As in code. */
  readonly name: string;
  readonly of: (stage: Stage) => Observable<string>;
  /** From when to when it is subscribed. Default: from the start to the end. */
  readonly subscribed?: string;
  readonly marbles: string;
  readonly values?: Readonly<Record<string, string>>;
  /** Its values are drawn beside what the client sends in that moment, instead of what it receives. */
  readonly besideSent?: boolean;
  /** The code of its error. */
  readonly error?: string;
}

/** A stream that goes in, see {@link Stage.source}. */
export interface SourceRow {
  readonly kind: 'source';
  readonly name: string;
  readonly marbles: string;
  readonly values?: Readonly<Record<string, string>>;
}

/** From when to when streams are subscribed, see {@link Stage.watch}. */
export interface SpansRow {
  readonly kind: 'spans';
  readonly name: string;
  readonly spans: readonly string[];
}

/** What the application does. */
export interface CallsRow {
  readonly kind: 'calls';
  readonly marbles: string;
  /** The code that is shown, and the code. */
  readonly does: Readonly<Record<string, readonly [shown: string, call: (stage: Stage) => unknown]>>;
}

/** The operator between what is above and what is below. */
interface BoxRow {
  readonly kind: 'box';
  readonly text: string;
}

/** Words for the reader; the one thing that is not run. */
export interface NotesRow {
  readonly kind: 'notes';
  readonly marbles: string;
  readonly values: Readonly<Record<string, string>>;
}

/** What a diagram is run with. */
export interface Stage {
  readonly client: MqttClient;
  readonly transport: Transport;
  /** What comes from the source row of this name. */
  source(name: string): Observable<string>;
  /** Messages that one row has, and another one answers. */
  readonly messages: Map<string, AckableMessage>;
  /** The same stream; its subscriptions are held against the spans of this name. */
  watch<T>(name: string, stream$: Observable<T>): Observable<T>;
}
