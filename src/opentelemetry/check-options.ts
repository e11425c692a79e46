import { MqttError } from '../errors.js';
import { showKey } from '../quoted.js';
import type { OpenTelemetryOptions } from './options.js';

/** What each option must be, and a method that such an object has. */
const rules: Record<keyof OpenTelemetryOptions, readonly [words: string, method?: string]> = {
  tracer: ['a Tracer, or false', 'startSpan'],
  meter: ['a Meter, or false', 'createCounter'],
  propagation: ['a TextMapPropagator, or false', 'inject'],
  destination: ['a list of filters, or a function of the topic'],
  scheduler: ['a scheduler', 'now'],
};

/** Throws INVALID_ARGUMENT. */
export function checkOptions(options: OpenTelemetryOptions): void {
  if (typeof options !== 'object' || (options as object | null) === null)
    throw invalid('options', 'the options must be an object');
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const rule = (rules as Partial<Record<string, readonly [string, string?]>>)[key];
    if (rule === undefined)
      throw invalid(showKey(key), `unknown option '${showKey(key)}'; known are ${Object.keys(rules).join(', ')}`);
    const [words, method] = rule;
    if (!isValid(value, method, key !== 'scheduler')) throw invalid(key, `option '${key}' must be ${words}`);
  }
}

function isValid(value: unknown, method: string | undefined, mayBeFalse: boolean): boolean {
  if (method === undefined)
    return typeof value === 'function' || (Array.isArray(value) && value.every(each => typeof each === 'string'));
  if (value === false) return mayBeFalse;
  return typeof (value as Partial<Record<string, unknown>> | null)?.[method] === 'function';
}

const invalid = (subject: string, words: string): MqttError => new MqttError('INVALID_ARGUMENT', words, { subject });
