import type { QoS } from '../src/index.js';
import type { HoldMeter } from './hold-meter.js';

/** The byte of CONNECT: 3.1.1 or 5.0. */
export type Version = 4 | 5;

/** What one process is asked to do, over and over. */
export interface Task {
  readonly port: number;
  readonly version: Version;
  readonly qos: QoS;
  /** bytes of a payload */
  readonly size: number;
  /** Messages that may be on their way at once, and clients that may be connecting at once. */
  readonly window: number;
  /** Filters to subscribe to, each a topic of its own. */
  readonly filters: readonly string[];
  readonly clientId: string;
  /** The folder of a session that outlives the process, for clients that keep one. */
  readonly store?: string;
}

/** Long work, during which the event loop should be served. */
export interface HoldTask {
  readonly what: 'publishAll' | 'queued' | 'resend' | 'subscribe' | 'close' | 'receive' | 'latest';
  /** Messages, filters or topics. */
  readonly count: number;
}

/** A client in the race. Each method resolves when the work is done, acknowledgements included. */
export interface Contestant {
  /** Connects, and subscribes to the filters of the task. `received` is called for each message. */
  start(task: Task, received: () => void): Promise<void>;
  /** Publishes `count` messages to `topic`, `task.window` of them at a time. */
  publish(topic: string, count: number): Promise<void>;
  stop(): Promise<void>;
  /** Waits in the queue, without a connection: for the bytes a message costs. */
  queue?(count: number): Promise<void>;
  /** Connects one more client, which gets the filter of the task granted and stays idle. Resolves when the filter is granted. */
  addClient?(task: Task): Promise<void>;
  /** Does long work, connects for it itself, and returns the longest hold of the event loop in ms. */
  hold?(hold: HoldTask, task: Task, meter: HoldMeter): Promise<number>;
}

export const topicOf = (index: number): string => `bench/device/${index}/state`;

/** A promise and its key. */
export interface Latch {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

export function latch(): Latch {
  let open!: () => void;
  const opened = new Promise<void>(resolve => (open = resolve));
  return { opened, open };
}
