import { piece, quoted } from '../../quoted.js';
import type { TraceEvent } from '../trace-event.js';
import { timeWords } from './trace-time.js';

const mostFields = 30;
const mostItems = 8;
const deepest = 4;
/** What is not shown even if a trace has it. */
const secrets: readonly string[] = ['password', 'authenticationData'];

/** What a reader gets who points at an event: what it is and when, and a line for each of its fields. */
export function titleOf(event: TraceEvent): string[] {
  const at = timeWords(Math.round(event.at));
  if (event.type === 'packet') {
    const { cmd, ...fields } = event.packet;
    return [
      `${piece(cmd.toUpperCase())} ${event.direction === 'sent' ? 'sent' : 'received'} at ${at}`,
      ...lines(fields),
    ];
  }
  const { type, at: _, ...fields } = event;
  return [`${type} at ${at}`, ...lines(fields)];
}

function lines(fields: object): string[] {
  const all = Object.entries(fields).filter(([, value]) => value !== undefined);
  const shown = all.slice(0, mostFields).map(([name, value]) => fieldWords(name, value, 0));
  return all.length > mostFields ? [...shown, '...'] : shown;
}

function fieldWords(name: string, value: unknown, depth: number): string {
  return `${piece(name)}: ${secrets.includes(name) ? '...' : valueWords(value, depth)}`;
}

function valueWords(value: unknown, depth: number): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return piece(String(value));
  if (depth === deepest) return '...';
  const isList = Array.isArray(value);
  const parts = isList
    ? value.slice(0, mostItems).map(one => valueWords(one, depth + 1))
    : Object.entries(value)
        .slice(0, mostItems)
        .map(([name, one]) => fieldWords(name, one, depth + 1));
  const size = isList ? value.length : Object.keys(value).length;
  const all = [...parts, ...(size > mostItems ? ['...'] : [])].join(', ');
  return isList ? `[${all}]` : `{ ${all} }`;
}
