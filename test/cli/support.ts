import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { main } from '../../src/cli/main.js';
import type { Terminal } from '../../src/cli/terminal.js';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A terminal in memory. What is written to `input` is the standard input. */
export function terminalInMemory({ isTTY = false, env = {} }: { isTTY?: boolean; env?: Terminal['env'] } = {}) {
  const stream = () => Object.assign(new PassThrough(), { isTTY });
  const [input, stdout, stderr] = [stream(), stream(), stream()];
  return { input, stdout, stderr, terminal: { stdin: input, stdout, stderr, env } as unknown as Terminal };
}

/** Runs a command line in this process. */
export async function runHere(args: readonly string[], stdin: string | Uint8Array = ''): Promise<Ended> {
  const { input, stdout, stderr, terminal } = terminalInMemory();
  input.end(stdin);
  const running = main(args, terminal).finally(() => [stdout, stderr].forEach(stream => stream.end()));
  const [code, out, err] = await Promise.all([running, text(stdout), text(stderr)]);
  return { code, out, err };
}
