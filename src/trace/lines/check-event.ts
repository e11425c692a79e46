import { MqttError } from '../../errors.js';
import { quoted } from '../../quoted.js';
import type { TraceEvent } from '../trace-event.js';

/** The version of the format that this version of the library writes and reads. */
const VERSION = 1;

type Kind = 'number' | 'string' | 'boolean' | 'object' | 'texts';

/** The fields that every event of a type has. */
const fields: Readonly<Record<TraceEvent['type'], Readonly<Record<string, Kind>>>> = {
  trace: { version: 'number', startedAt: 'number' },
  state: { status: 'string' },
  packet: { direction: 'string', packet: 'object' },
  ack: { kind: 'string', packetId: 'number' },
  warning: { code: 'string', message: 'string' },
  stream: { stream: 'number', change: 'string', filters: 'texts' },
  figures: {
    inFlight: 'number',
    queued: 'number',
    queuedBytes: 'number',
    unsentBytes: 'number',
    unacknowledged: 'number',
  },
  end: {},
};

/** Returns the event of a line. Throws an error that says what is wrong with it. */
export function parseEvent(text: string): TraceEvent {
  const value = parsed(text);
  if (!isObject(value)) throw new Damage('is not an object');
  const { type, at } = value;
  if (typeof type !== 'string' || !Object.hasOwn(fields, type))
    throw new Damage(`has the type ${shown(type)}, which no event has`);
  if (type === 'trace') assertVersion(value);
  if (typeof at !== 'number' || !(at >= 0)) throw new Damage(`has ${shown(at)} as 'at', which must be a time in ms`);
  for (const [name, kind] of Object.entries(fields[type as TraceEvent['type']])) {
    if (!isOfKind(value[name], kind)) throw new Damage(`has no '${name}', or one of another type`);
  }
  if (type === 'packet' && typeof (value.packet as Readonly<Record<string, unknown>>).cmd !== 'string') {
    throw new Damage("has a packet without 'cmd'");
  }
  return value as unknown as TraceEvent;
}

/** What is wrong with a line, as the end of a sentence whose subject is the line. */
export class Damage extends Error {
  override readonly name = 'Damage';
}

/** Returns the error of a trace that cannot be read. */
export const unreadable = (message: string, cause?: unknown): MqttError =>
  new MqttError('TRACE_UNREADABLE', message, { cause });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The words of JSON.parse() may quote a payload.
    throw new Damage('is not JSON');
  }
}

function assertVersion({ version }: Readonly<Record<string, unknown>>): void {
  if (version === VERSION) return;
  throw unreadable(
    `the trace has version ${shown(version)} of the format, and this version of the library reads ${VERSION}; ` +
      'read it with the version of the library that wrote it, or a later one',
  );
}

function isOfKind(value: unknown, kind: Kind): boolean {
  if (kind === 'object') return isObject(value);
  if (kind === 'texts') return Array.isArray(value) && value.every(one => typeof one === 'string');
  return typeof value === kind;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string =>
  typeof value === 'string' ? quoted(value) : typeof value === 'object' && value !== null ? 'an object' : String(value);
