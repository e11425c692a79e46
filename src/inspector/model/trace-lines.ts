import type { TraceEvent } from '../../trace/trace-event.js';

const numbers = /* @__PURE__ */ Object.freeze({
  figures: ['inFlight', 'queued', 'queuedBytes', 'unsentBytes', 'unacknowledged'],
  stream: ['stream'],
  trace: ['version', 'startedAt'],
}) as Readonly<Record<string, readonly string[] | undefined>>;
const texts = /* @__PURE__ */ Object.freeze({
  state: ['status'],
  packet: ['direction'],
  ack: ['kind'],
  warning: ['code', 'message'],
  stream: ['change'],
}) as Readonly<Record<string, readonly string[] | undefined>>;
const types: ReadonlySet<unknown> = /* @__PURE__ */ new Set([
  'trace',
  'state',
  'packet',
  'ack',
  'warning',
  'stream',
  'figures',
  'end',
]);

/**
 * Returns the event of a line of a trace, or undefined for a line that is none: a damaged one, or one of a type that a later version of
 * the format has. The members that every event of its type has are of their types.
 */
export function parseTraceLine(line: string): TraceEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isTraceEvent(value) ? value : undefined;
}

function isTraceEvent(value: unknown): value is TraceEvent {
  if (!isObject(value)) return false;
  const { type, at } = value;
  if (!types.has(type) || typeof at !== 'number' || !(at >= 0 && at < Number.MAX_SAFE_INTEGER)) return false;
  const has = (names: readonly string[] | undefined, expected: string) =>
    names === undefined || names.every(name => typeof value[name] === expected);
  if (!has(numbers[type as string], 'number') || !has(texts[type as string], 'string')) return false;
  if (type === 'stream' && !isTexts(value.filters)) return false;
  if (type === 'ack' && value.filters !== undefined && !isTexts(value.filters)) return false;
  if (value.error !== undefined && !(isObject(value.error) && typeof value.error.message === 'string')) return false;
  return type !== 'packet' || isPacket(value.packet);
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
