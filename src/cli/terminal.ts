import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Observable } from 'rxjs';
import { fromEvent, map, merge, share } from 'rxjs';

/** Where the command line reads, and what it writes to: those of the process, or of a test. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Emits the name of each signal that asks the program to end. */
export const signal$: Observable<'SIGINT' | 'SIGTERM'> = merge(
  fromEvent(process, 'SIGINT').pipe(map(() => 'SIGINT' as const)),
  fromEvent(process, 'SIGTERM').pipe(map(() => 'SIGTERM' as const)),
).pipe(share());

/** Characters on which a terminal acts. */
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;

/** Returns text that cannot act on a terminal. What goes into a file or a pipe stays as it is. */
export function shown(text: string, stream: NodeJS.WriteStream): string {
  return stream.isTTY ? text.replace(CONTROL, code => `\\x${code.charCodeAt(0).toString(16).padStart(2, '0')}`) : text;
}

const STYLES = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', cyan: '36' };

/** Returns text in a colour, on a terminal that does not refuse colours (`NO_COLOR`). */
export function styled(
  text: string,
  style: keyof typeof STYLES,
  stream: NodeJS.WriteStream,
  env: Terminal['env'],
): string {
  const isColoured = stream.isTTY && !env.NO_COLOR && env.TERM !== 'dumb';
  return isColoured ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
}

/** Asks for a password without showing it. */
export function askPassword({ stdin, stderr }: Terminal): Promise<string> {
  stderr.write('Password: ');
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: silent, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once('line', line => {
      stderr.write('\n');
      lines.close();
      resolve(line);
    });
    lines.once('SIGINT', () => {
      lines.close();
      reject(new Error('no password was given'));
    });
  });
}
