import { hex, piece } from '../../quoted.js';
import type { TraceEvent, TracePacket } from '../../trace/trace-event.js';
import { payloadLine, payloadOf } from './payload.js';

/** Returns what an event is, and what it says, as two short texts. Texts from outside are escaped. */
export function describeEvent(event: TraceEvent): { readonly name: string; readonly text: string } {
  switch (event.type) {
    case 'packet':
      return {
        name: `${event.direction === 'sent' ? '→' : '←'} ${piece(event.packet.cmd.toUpperCase())}`,
        text: describePacket(event),
      };
    case 'state':
      return { name: event.status, text: piece(event.error?.message ?? event.url ?? '') };
    case 'ack':
      return {
        name: event.error ? `${event.kind} failed` : `${event.kind} settled`,
        text: piece(event.error?.message ?? event.topic ?? event.filters?.join(', ') ?? ''),
      };
    case 'warning':
      return { name: 'warning', text: piece(`${event.code}: ${event.message}`) };
    case 'stream':
      return { name: `stream ${event.change}`, text: piece(event.error?.message ?? event.filters.join(', ')) };
    case 'figures':
      return { name: 'figures', text: `in flight ${event.inFlight}, queued ${event.queued}` };
    case 'trace':
      return { name: 'trace', text: 'The trace begins' };
    case 'end':
      return { name: 'end', text: 'The trace ends' };
  }
}

function describePacket({ packet }: TracePacket): string {
  const { topic, packetId, subscriptions, filters, reasonCode } = packet;
  if (typeof topic === 'string') return piece(`${topic} ${payloadLine(payloadOf(packet))}`);
  const parts: string[] = [];
  if (typeof packetId === 'number') parts.push(`id ${packetId}`);
  for (const each of listOf(subscriptions ?? filters)) parts.push(filterOf(each));
  if (typeof reasonCode === 'number' && reasonCode > 0) parts.push(`reason code ${hex(reasonCode)}`);
  return piece(parts.join(', '));
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.slice(0, 20) : []);

function filterOf(subscription: unknown): string {
  if (typeof subscription === 'string') return subscription;
  const { filter } = (subscription ?? {}) as { readonly filter?: unknown };
  return typeof filter === 'string' ? filter : '';
}
