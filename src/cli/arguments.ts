import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError, nearest } from './usage-error.js';

/** An option of a command. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  /** The word for its value in the help, such as `FILE`. */
  readonly value?: string;
  readonly help: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What somebody wrote after the name of a command. */
export interface Arguments {
  readonly positionals: readonly string[];
  readonly text: (name: string) => string | undefined;
  readonly all: (name: string) => readonly string[];
  readonly flag: (name: string) => boolean;
}

/** Reads arguments. Throws a UsageError that suggests what is probably meant. */
export function readArguments(words: readonly string[], specs: OptionSpecs): Arguments {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { type, short, multiple = false }] of Object.entries(specs))
    options[name] = { type, multiple, ...(short !== undefined && { short }) };
  let parsed;
  try {
    parsed = parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(explain(error, specs));
  }
  const values: Readonly<Record<string, unknown>> = parsed.values;
  return {
    positionals: parsed.positionals,
    text: name => values[name] as string | undefined,
    all: name => (values[name] as string[] | undefined) ?? [],
    flag: name => values[name] === true,
  };
}

function explain(error: unknown, specs: OptionSpecs): string {
  const { code, message } = error as { code?: string; message: string };
  const [, name] = /'(--?[^\s',]+)/.exec(message) ?? [];
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && name !== undefined) {
    if (/^-\d/.test(name)) return `unknown option '${name}'; write -- before an argument that begins with '-'`;
    const meant = nearest(name.replace(/^-+/, ''), Object.keys(specs));
    return `unknown option '${name}'${meant === undefined ? '' : `; did you mean '--${meant}'?`}`;
  }
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' && name !== undefined) {
    const letter = name.replace(/^-+/, '');
    const [long] = Object.entries(specs).find(([word, { short }]) => word === letter || short === letter)!;
    if (specs[long]!.type === 'boolean') return `option '--${long}' takes no value`;
    return message.includes('ambiguous')
      ? `option '--${long}' needs a value; write one that begins with '-' as '--${long}=-...'`
      : `option '--${long}' needs a value`;
  }
  return message.split('\n')[0]!;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** ms: no timer of the platform takes longer. A longer one would be over at once. */
const LONGEST_TIMER = 0x7fffffff;

/** Reads a duration for a timer: at most 24 days. */
export function readTimer(text: string, option: string): number {
  const duration = readDuration(text, option);
  if (duration > LONGEST_TIMER) throw new UsageError(`--${option} is '${text}'; write at most 24d`);
  return duration;
}

/** Reads a duration such as `500ms`, `10s`, `2m` or `1h`; returns ms. A bare number is in seconds. */
export function readDuration(text: string, option: string): number {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  if (amount === undefined)
    throw new UsageError(`--${option} is '${text}'; write a duration such as 500ms, 10s, 2m or 1h`);
  return Number(amount) * UNITS[unit]!;
}

/** Reads a whole number. */
export function readInteger(text: string, option: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new UsageError(
      `--${option} is '${text}'; write a whole number from ${least}${most < 1e9 ? ` to ${most}` : ' on'}`,
    );
  return value;
}

/** Reads one of several words. */
export function readChoice<T extends string>(text: string, option: string, choices: readonly T[]): T {
  if ((choices as readonly string[]).includes(text)) return text as T;
  throw new UsageError(`--${option} is '${text}'; choose ${choices.join(', ')}`);
}
