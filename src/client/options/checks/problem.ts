import { MqttError } from '../../../errors.js';

/** What is wrong with a value. Created only if something is, so that checking a valid value allocates nothing. */
export interface Problem {
  /** The key path from the checked value: `queue.maxMessages`, `filters[2]`; empty for the value itself. */
  readonly path: string;
  /** Returns the message; `noun` names the kind of value, such as 'option', and `path` is the whole key path. */
  readonly say: (noun: string, path: string) => string;
}

/** Returns what is wrong with a value, or undefined if it is valid. */
export type Check = (value: unknown) => Problem | undefined;

/** Returns the problem of a value that is not what it must be. `got` describes it and must not contain a secret. */
export function expected(allowed: string, got: string): Problem {
  return problem((noun, path) => `${named(noun, path)} must be ${allowed}; got ${got}`);
}

/** Returns a problem with words that continue "option 'x'". */
export function refusal(words: string): Problem {
  return problem((noun, path) => `${named(noun, path)} ${words}`);
}

export function problem(say: Problem['say'], path = ''): Problem {
  return { path, say };
}

/** Returns the problem of a part, if it has one, as a problem of the whole value. `part` is a key, or an index such as `[2]`. */
export function inside(part: string, found: Problem): Problem;
export function inside(part: string, found: Problem | undefined): Problem | undefined;
export function inside(part: string, found: Problem | undefined): Problem | undefined {
  if (found === undefined) return undefined;
  const { path, say } = found;
  const separator = path === '' || path.startsWith('[') ? '' : '.';
  return { path: `${part}${separator}${path}`, say };
}

export function invalidArgument({ path, say }: Problem, noun: string, root: string): MqttError {
  return new MqttError('INVALID_ARGUMENT', say(noun, path), { subject: path === '' ? root : path });
}

/** Throws the error of a problem, if there is one. `root` is what the error calls the whole value. */
export function refuse(found: Problem | undefined, noun: string, root = 'options'): void {
  if (found !== undefined) throw invalidArgument(found, noun, root);
}

function named(noun: string, path: string): string {
  return path === '' ? `the ${noun}s` : `${noun} '${path}'`;
}
