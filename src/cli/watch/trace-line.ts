import type { TraceEvent } from '../../trace/trace-event.js';

/** An event of a trace as the line that all pages get, and what a summary has to know of it. */
export interface TraceLine {
  readonly line: string;
  readonly at: number;
  readonly type: TraceEvent['type'];
  /** Of a PUBLISH: its topic, with a letter for its direction. */
  readonly topic: string | undefined;
}

/** Writes an event as a line, once for all pages. */
export function traceLine(event: TraceEvent): TraceLine {
  const { type, at } = event;
  return { line: `${JSON.stringify(event)}\n`, at, type, topic: topicOf(event) };
}

function topicOf(event: TraceEvent): string | undefined {
  if (event.type !== 'packet' || event.packet.cmd !== 'publish') return undefined;
  const { topic } = event.packet;
  // A topic that an alias stands for is not known here.
  return typeof topic === 'string' && topic !== '' ? `${event.direction.charAt(0)} ${topic}` : undefined;
}
