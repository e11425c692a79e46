import { createWriteStream } from 'node:fs';
import { NEVER, concat, concatMap, ignoreElements, lastValueFrom, map, merge, takeUntil, timer } from 'rxjs';
import { mqtt } from '../../index.js';
import { recordTrace, toJsonLines } from '../../trace/index.js';
import { readChoice, readTimer } from '../arguments.js';
import type { Command, ExitCode } from '../command.js';
import { connectionOptions, isUrl, keepsSession, readQos, readTarget } from '../connection-options.js';
import { type Terminal, isClosedPipe, stop$ } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { report } from '../with-client.js';

export const record: Command = {
  usage: 'FILE URL FILTER...',
  summary: 'record what the client does into a file (- for the standard output)',
  options: {
    qos: { type: 'string', short: 'q', value: '0|1|2', help: 'QoS of the subscription (1)' },
    payloads: { type: 'string', value: 'full|length|hash', help: 'what the trace holds of payloads (full)' },
    for: { type: 'string', value: 'TIME', help: 'end after this time' },
    ...connectionOptions,
  },
  examples: [
    "record night.jsonl mqtt://localhost 'sensors/#'",
    "record - mqtt://localhost '#' --payloads length --for 1m",
  ],
  async run(args, terminal) {
    const [file, ...positionals] = args.positionals;
    if (file === undefined || isUrl(file))
      throw new UsageError('which file? Write it before the URL; - is the standard output');
    const { url, options, rest } = await readTarget({ ...args, positionals }, terminal);
    if (rest.length === 0) throw new UsageError("which topics? Write a filter, such as 'sensors/#'");
    const payloads = readChoice(args.text('payloads') ?? 'full', 'payloads', ['full', 'length', 'hash']);
    const time = args.text('for');
    const end$ = time === undefined ? NEVER : timer(readTimer(time, 'for'));
    const client = mqtt(url, options);
    let code: ExitCode = 0;
    const stopped$ = merge(stop$.pipe(map(given => (code = given))), end$);
    // the trace ends by itself when the client has disconnected, so that its last event says so
    const message$ = concat(
      client
        .topic$(rest, { qos: readQos(args, 1), unsubscribeOnLeave: !keepsSession(options) })
        .pipe(ignoreElements(), takeUntil(stopped$)),
      client.disconnect({ drain: 5000 }),
    );
    const line$ = recordTrace(client, { payloads }).pipe(toJsonLines());
    const write = writerOf(file, terminal);
    const written$ = line$.pipe(concatMap(line => write(line)));
    const reports = report(client, terminal);
    try {
      await lastValueFrom(merge(written$, message$), { defaultValue: undefined });
      await write(undefined);
    } finally {
      // a file that cannot be written ends the recording, but not the connection
      await lastValueFrom(client.disconnect(), { defaultValue: undefined });
      reports.unsubscribe();
    }
    return code;
  },
};

/** Returns a function that writes a line, and ends the file without one. It resolves when the file takes more. */
function writerOf(file: string, { stdout }: Terminal): (line: string | undefined) => Promise<void> {
  const stream = file === '-' ? stdout : createWriteStream(file);
  const failed = new Promise<never>((_, reject) => {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // stop$ ends the recording
      if (file === '-' && isClosedPipe(error)) return;
      reject(new UsageError(`cannot write ${file}: ${error.code ?? error.message}`));
    });
  });
  failed.catch(() => undefined);
  const write = (line: string | undefined) =>
    new Promise<void>(resolve => {
      if (line !== undefined) stream.write(line, () => resolve());
      else if (file === '-') resolve();
      else stream.end(() => resolve());
    });
  return line => Promise.race([write(line), failed]);
}
