import { MqttError } from '../../../errors.js';

/** What is wrong with a value. Made only when something is, so that a check of what is right allocates nothing. */
export interface Problem {
  /** The key path from the value that was checked: `queue.maxMessages`, `filters[2]`; empty for the value itself. */
  readonly path: string;
  /** The message; `noun` is what the caller handed in, `path` the whole key path. */
  readonly say: (noun: string, path: string) => string;
}

/** Says what is wrong with a value; undefined: nothing. */
export type Check = (value: unknown) => Problem | undefined;

/** The value is not what it must be. `got` says what it is, and is never a secret. */
export function expected(allowed: string, got: string): Problem {
  return problem((noun, path) => `${named(noun, path)} must be ${allowed}; got ${got}`);
}

/** `words` go on from "option 'x' ...". */
export function refusal(words: string): Problem {
  return problem((noun, path) => `${named(noun, path)} ${words}`);
}

export function problem(say: Problem['say'], path = ''): Problem {
  return { path, say };
}

/** The problem of a part, as a problem of the whole: `part` is a key, or an index as `[2]`. */
export function inside(part: string, { path, say }: Problem): Problem {
  const separator = path === '' || path.startsWith('[') ? '' : '.';
  return { path: `${part}${separator}${path}`, say };
}

export function invalidArgument({ path, say }: Problem, noun: string, root: string): MqttError {
  return new MqttError('INVALID_ARGUMENT', say(noun, path), { subject: path === '' ? root : path });
}

function named(noun: string, path: string): string {
  return path === '' ? `the ${noun}s` : `${noun} '${path}'`;
}
