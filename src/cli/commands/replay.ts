import { readFileSync } from 'node:fs';
import { type Observable, concatMap, defer, filter, map, of, reduce, timer } from 'rxjs';
import type { OutgoingMessage, QoS } from '../../index.js';
import { traceToMarbles } from '../../testing/index.js';
import { type TraceEvent, type TracePayload, parseTrace } from '../../trace/index.js';
import { readChoice } from '../arguments.js';
import type { Command, ExitCode } from '../command.js';
import { connectionOptions, isUrl, readTarget } from '../connection-options.js';
import { readTrace } from '../read-trace.js';
import { UsageError } from '../usage-error.js';
import { withClient } from '../with-client.js';

export const replay: Command = {
  usage: 'FILE URL',
  summary: 'publish the messages of a trace again, or write its test',
  options: {
    test: { type: 'string', value: 'mocha|vitest', help: 'write a test of the trace instead' },
    sent: { type: 'boolean', help: 'what the client sent, not what it received' },
    speed: { type: 'string', value: 'N', help: 'N times as fast (1); 0 without waiting' },
    ...connectionOptions,
  },
  examples: ['replay night.jsonl mqtt://localhost --speed 60', 'replay night.jsonl --test mocha > night.test.ts'],
  async run(args, terminal) {
    const [file, ...positionals] = args.positionals;
    if (file === undefined || isUrl(file))
      throw new UsageError('which trace? Write the name of its file before the URL; - is the standard input');
    const test = args.text('test');
    if (test !== undefined) {
      const runner = readChoice(test, 'test', ['mocha', 'vitest']);
      terminal.stdout.write(traceToMarbles(parseTrace(readWhole(file)), { runner }));
      return 0;
    }
    const speed = Number(args.text('speed') ?? '1');
    if (!(speed >= 0)) throw new UsageError(`--speed is '${args.text('speed')!}'; write a number from 0 on`);
    const target = await readTarget({ ...args, positionals }, terminal);
    if (target.rest.length > 0) throw new UsageError(`'${target.rest[0]!}' is too much; replay takes a file and a URL`);
    const direction = args.flag('sent') ? 'sent' : 'received';
    return withClient(target, terminal, client => {
      const message$ = atTheirTimes(readTrace(file, terminal).pipe(filter(isPublish(direction))), speed).pipe(
        map(messageOf),
      );
      return message$.pipe(
        client.publishAll(),
        reduce((failures, { status }) => failures + Number(status !== 'published'), 0),
        map((failures): ExitCode => {
          if (failures > 0) terminal.stderr.write(`rxjs-mqtt: ${failures} messages were not published\n`);
          return failures > 0 ? 1 : 0;
        }),
      );
    });
  },
};

type Publish = Extract<TraceEvent, { type: 'packet' }>;

const isPublish =
  (direction: 'sent' | 'received') =>
  (event: TraceEvent): event is Publish =>
    event.type === 'packet' && event.direction === direction && event.packet.cmd === 'publish';

/** Delays each event until its time since the first one has passed. */
function atTheirTimes(event$: Observable<Publish>, speed: number): Observable<Publish> {
  if (speed === 0) return event$;
  return defer(() => {
    const started = performance.now();
    let first: number | undefined;
    return event$.pipe(
      concatMap(event => {
        first ??= event.at;
        const due = started + (event.at - first) / speed - performance.now();
        return due <= 0 ? of(event) : timer(due).pipe(map(() => event));
      }),
    );
  });
}

function messageOf({ at, packet }: Publish): OutgoingMessage {
  const { topic, payload, qos, retain } = packet as unknown as {
    topic: string;
    payload: TracePayload;
    qos: QoS;
    retain: boolean;
  };
  const { text, base64, length } = payload;
  if (topic === '') throw new UsageError(`the message at ${at} ms has a topic alias; replay cannot publish it`);
  if (text === undefined && base64 === undefined && length > 0)
    throw new UsageError(`the trace does not hold the payload of '${topic}'; record it with --payloads full`);
  return { topic, payload: text ?? Buffer.from(base64 ?? '', 'base64'), qos, retain };
}

function readWhole(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`);
  }
}
