import { createReadStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

/** Reads the payload that `--file` names: the content of a file, or the standard input as a whole (`-`). */
export async function readPayload(file: string, { stdin }: Terminal): Promise<Uint8Array> {
  try {
    return await buffer(file === '-' ? stdin : createReadStream(file));
  } catch (error) {
    throw new UsageError(`cannot read --file ${file}: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`);
  }
}

const LF = 0x0a;
const CR = 0x0d;

/** Yields the lines of an input as bytes, because a payload need not be text. A line ends with LF or CR LF. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let begun: Uint8Array[] = [];
  const line = () => {
    const bytes = Buffer.concat(begun);
    begun = [];
    return bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      begun.push(chunk.subarray(start, end));
      yield line();
      start = end + 1;
    }
    if (start < chunk.length) begun.push(chunk.subarray(start));
  }
  if (begun.length > 0) yield line();
}
