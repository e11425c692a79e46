import type { TraceEvent } from '../../trace/trace-event.js';

/**
 * Returns whether the members of an event that the inspector reads are of their types. A trace comes from a file or from another process, and
 * one odd event must not stop the inspector.
 */
export function isShowable(event: TraceEvent): boolean {
  const value: unknown = event;
  if (!isObject(value) || typeof value.type !== 'string') return false;
  const { at, error, filters } = value;
  if (typeof at !== 'number' || !(at >= 0 && at <= Number.MAX_SAFE_INTEGER)) return false;
  if (error !== undefined && !(isObject(error) && typeof error.message === 'string')) return false;
  if (filters !== undefined && !isTexts(filters)) return false;
  switch (event.type) {
    case 'packet':
      return isPacket(event.packet);
    case 'state':
      return event.url === undefined || typeof event.url === 'string';
    case 'ack':
      return event.topic === undefined || typeof event.topic === 'string';
    case 'warning':
      return typeof event.message === 'string';
    case 'stream':
      return isTexts(filters);
    case 'figures':
      return [event.inFlight, event.queued, event.roundTrip ?? 0].every(figure => typeof figure === 'number');
    case 'trace':
      return typeof event.startedAt === 'number';
    case 'end':
      return true;
    default:
      return false;
  }
}

function isPacket(value: unknown): boolean {
  if (!isObject(value) || typeof value.cmd !== 'string') return false;
  const { payload } = value;
  if (payload === undefined) return true;
  if (!isObject(payload) || typeof payload.length !== 'number') return false;
  return ['text', 'base64', 'hash'].every(name => payload[name] === undefined || typeof payload[name] === 'string');
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(each => typeof each === 'string');
