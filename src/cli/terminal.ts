import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Observable } from 'rxjs';
import { filter, fromEvent, map, merge, share } from 'rxjs';

/** Where the command line reads, and what it writes to: those of the process, or of a test. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Emits the exit code when something asks the program to end: a signal, or a reader such as `head` that closes the standard output. */
export const stop$: Observable<0 | 130 | 143> = merge(
  fromEvent(process, 'SIGINT').pipe(map(() => 130 as const)),
  fromEvent(process, 'SIGTERM').pipe(map(() => 143 as const)),
  fromEvent(process.stdout, 'error').pipe(
    filter(isClosedPipe),
    map(() => 0 as const),
  ),
).pipe(share());

/** Tells whether a write failed because nobody reads any more. */
export function isClosedPipe(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EPIPE';
}

/** Characters on which a terminal acts. */
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;

/** Returns text that cannot act on a terminal. What goes into a file or a pipe stays as it is. */
export function shown(text: string, stream: NodeJS.WriteStream): string {
  return stream.isTTY ? text.replace(CONTROL, escaped) : text;
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, '0')}`;
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
      resolve(line); // before 'close', which rejects
      lines.close();
    });
    lines.once('close', () => reject(new Error('no password was given; type it, or set MQTT_PASSWORD')));
    // the terminal is in raw mode, so Ctrl-C is a key here; nothing is connected yet, and the signal may end the process
    lines.once('SIGINT', () => {
      stderr.write('\n');
      lines.close();
      process.kill(process.pid, 'SIGINT');
    });
  });
}
