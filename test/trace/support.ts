import type { Packet } from '../../src/index.js';
import type { TraceEvent } from '../../src/trace/index.js';

/** An event in a few words. */
export function inWords(event: TraceEvent): string {
  switch (event.type) {
    case 'state':
      return `${event.at} ${event.status}${event.error ? ` ${event.error.code}` : ''}`;
    case 'packet':
      return `${event.at} ${event.direction} ${event.packet.cmd}`;
    case 'ack':
      return `${event.at} ack ${event.kind} ${event.topic ?? event.filters?.join() ?? ''} ${event.delivery ?? ''}`.trim();
    case 'stream':
      return `${event.at} stream ${event.stream} ${event.change} ${event.filters.join()}`;
    case 'warning':
      return `${event.at} warning ${event.code}`;
    default:
      return `${event.at} ${event.type}`;
  }
}

export const packetsOf = (events: readonly TraceEvent[]): Packet[] =>
  events.flatMap(event => (event.type === 'packet' ? [event.packet as unknown as Packet] : []));
