import {
  type Observable,
  asapScheduler,
  concat,
  filter,
  identity,
  ignoreElements,
  observeOn,
  of,
  take,
  tap,
  throwError,
  timeout,
} from 'rxjs';
import type { MqttMessage, Payload, Responded } from '../../index.js';
import { type Arguments, readInteger, readTimer } from '../arguments.js';
import type { Command, ExitCode } from '../command.js';
import { connectionOptions, readQos, readTarget } from '../connection-options.js';
import { readFormat } from '../message-format.js';
import { readPayload } from '../payload-input.js';
import { outputOf } from '../run-program.js';
import { type Terminal, shown } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { withClient } from '../with-client.js';

export const respond: Command = {
  usage: 'URL FILTER [REPLY]',
  summary: 'answer requests with a text, a file, or the output of a program',
  options: {
    qos: { type: 'string', short: 'q', value: '0|1|2', help: 'QoS of the subscription and of the replies (1)' },
    file: { type: 'string', short: 'f', value: 'FILE', help: 'the reply; - for the standard input as a whole' },
    exec: { type: 'string', short: 'e', value: 'COMMAND', help: 'reply with its output; its input is the request' },
    timeout: { type: 'string', short: 't', value: 'TIME', help: 'how long COMMAND may take (30s)' },
    'reply-to': { type: 'string', multiple: true, value: 'FILTER', help: 'where replies may go (anywhere but $...)' },
    format: { type: 'string', value: 'TEXT', help: "what to print of answered requests ('%t %p')" },
    json: { type: 'boolean', help: 'one line of JSON for each answered request' },
    count: { type: 'string', short: 'n', value: 'N', help: 'end after N replies' },
    for: { type: 'string', value: 'TIME', help: 'end after this time; code 3 if before --count' },
    ...connectionOptions,
  },
  notes: ['COMMAND runs in a shell, 4 at a time; MQTT_TOPIC is the topic of the request'],
  examples: ['respond mqtt://localhost ping pong', "respond mqtt://localhost 'rooms/+/size' --exec 'wc -c'"],
  async run(args, terminal) {
    const target = await readTarget(args, terminal);
    const [topics, ...others] = target.rest;
    if (topics === undefined) throw new UsageError("which requests? Write a filter, such as 'rooms/+/get'");
    const handler = await readHandler(args, others, terminal);
    const write = readFormat(args, '%t %p');
    const count = args.text('count') === undefined ? Infinity : readInteger(args.text('count')!, 'count', 1);
    const duration = args.text('for') === undefined ? undefined : readTimer(args.text('for')!, 'for');
    const replyTo = args.all('reply-to');
    const { stdout, stderr } = terminal;
    const options = { qos: readQos(args, 1), concurrency: 4, ...(replyTo.length > 0 && { replyTo }) };
    return withClient(
      target,
      terminal,
      client => {
        const replied$ = client.respond(topics, handler, options).pipe(
          tap(outcome => {
            if (outcome.status === 'replied') stdout.write(`${shown(write(outcome.request), stdout)}\n`);
            else stderr.write(`rxjs-mqtt: ${shown(reasonOf(outcome), stderr)}\n`);
          }),
          filter(({ status }) => status === 'replied'),
          // a request is acknowledged after the outcome of its last reply, so the last one is, too
          observeOn(asapScheduler),
          take(count),
        );
        return concat(replied$.pipe(ignoreElements()), of<ExitCode>(0));
      },
      { duration, whenOver: count === Infinity ? 0 : 3 },
    );
  },
};

type Handler = (request: MqttMessage) => Payload | Observable<Payload>;

async function readHandler(args: Arguments, others: readonly string[], terminal: Terminal): Promise<Handler> {
  const [reply, excess] = others;
  const [file, command] = [args.text('file'), args.text('exec')];
  if (excess !== undefined) throw new UsageError(`'${excess}' is too much; a reply with spaces needs quotes`);
  const given = [reply, file, command].filter(each => each !== undefined);
  if (given.length === 0) throw new UsageError('which reply? Write it after the filter, or --file or --exec');
  if (given.length > 1) throw new UsageError('write one of a reply, --file and --exec');
  if (command !== undefined) return programHandler(command, args.text('timeout') ?? '30s', terminal);
  const payload = file === undefined ? reply! : await readPayload(file, terminal);
  return () => payload;
}

function programHandler(command: string, time: string, terminal: Terminal): Handler {
  const first = readTimer(time, 'timeout');
  const tooSlow = () => throwError(() => new Error(`'${command}' took longer than ${time}`));
  return request => outputOf(command, request, terminal).pipe(first > 0 ? timeout({ first, with: tooSlow }) : identity);
}

const UNANSWERED: Readonly<Record<Extract<Responded, { status: 'unanswered' }>['reason'], string>> = {
  noResponseTopic: 'it is no request, as it has no response topic',
  replyTopicRefused: 'its response topic is not allowed',
  noValue: 'there is no reply',
  overflow: 'too many requests wait',
  stale: 'the connection was lost before',
};

function reasonOf(outcome: Exclude<Responded, { status: 'replied' }>): string {
  if (outcome.status === 'unanswered')
    return `no reply to the message to '${outcome.request.topic}': ${UNANSWERED[outcome.reason]}`;
  const { message, cause } = outcome.error;
  return `no reply to the message to '${outcome.request.topic}': ${cause instanceof Error ? cause.message : message}`;
}
