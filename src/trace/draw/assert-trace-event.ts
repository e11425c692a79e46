import { MqttError } from '../../errors.js';
import type { TraceEvent } from '../trace-event.js';

/** Throws for what cannot be drawn. An event of a type that a later version has is no error. */
export function assertTraceEvent(event: TraceEvent, position: number): void {
  if (isEvent(event)) return;
  throw new MqttError(
    'INVALID_ARGUMENT',
    `value ${position} of the trace is no event with its type, time and fields; pass events as recordTrace() emits them`,
    { subject: 'trace' },
  );
}

function isEvent(event: unknown): boolean {
  const { type, at, ...rest } = (event ?? {}) as { readonly type?: unknown; readonly at?: unknown };
  if (typeof type !== 'string' || !isCount(at)) return false;
  return hasFields(type, rest);
}

function hasFields(type: string, event: Readonly<Record<string, unknown>>): boolean {
  switch (type) {
    case 'state':
      return typeof event.status === 'string';
    case 'packet':
      return typeof (event.packet as { readonly cmd?: unknown } | undefined)?.cmd === 'string';
    case 'ack':
      return typeof event.kind === 'string';
    case 'warning':
      return typeof event.code === 'string';
    case 'stream':
      return typeof event.stream === 'number' && Array.isArray(event.filters);
    case 'figures':
      return isCount(event.inFlight) && isCount(event.queued);
    default:
      return true;
  }
}

const isCount = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
