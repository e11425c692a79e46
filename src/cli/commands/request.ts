import { defaultIfEmpty, map, reduce, tap } from 'rxjs';
import { readTimer, readInteger } from '../arguments.js';
import type { Command, ExitCode } from '../command.js';
import { connectionOptions, readQos, readTarget } from '../connection-options.js';
import { readFormat } from '../message-format.js';
import { readPayload } from '../payload-input.js';
import { shown } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { withClient } from '../with-client.js';

export const request: Command = {
  usage: 'URL TOPIC [PAYLOAD]',
  summary: 'send a request and print the reply',
  options: {
    qos: { type: 'string', short: 'q', value: '0|1|2', help: 'QoS of the request (1)' },
    timeout: { type: 'string', short: 't', value: 'TIME', help: 'how long to wait for a reply (30s)' },
    replies: { type: 'string', value: 'N', help: 'wait for N replies (1)' },
    file: { type: 'string', short: 'f', value: 'FILE', help: 'the payload; - for the standard input as a whole' },
    json: { type: 'boolean', help: 'one line of JSON for each reply' },
    ...connectionOptions,
  },
  examples: [
    'request mqtt://localhost rooms/kitchen/temperature/get',
    "request mqtt://localhost sum '[1,2,3]' --timeout 5s",
  ],
  async run(args, terminal) {
    const target = await readTarget(args, terminal);
    const [topic, payload, ...others] = target.rest;
    if (topic === undefined) throw new UsageError('which topic? Write it after the URL');
    if (others.length > 0) throw new UsageError(`'${others[0]!}' is too much; a payload with spaces needs quotes`);
    const file = args.text('file');
    if (payload !== undefined && file !== undefined) throw new UsageError('write a payload or --file, not both');
    const timeout = readTimer(args.text('timeout') ?? '30s', 'timeout');
    const replies = readInteger(args.text('replies') ?? '1', 'replies', 1);
    const write = readFormat(args, '%p');
    const whole = file === undefined ? (payload ?? '') : await readPayload(file, terminal);
    const { stdout } = terminal;
    return withClient(target, terminal, client =>
      client.request(topic, whole, { qos: readQos(args, 1), timeout, replies }).pipe(
        tap(reply => stdout.write(`${shown(write(reply), stdout)}\n`)),
        reduce(count => count + 1, 0),
        map((): ExitCode => 0),
        defaultIfEmpty<ExitCode, ExitCode>(3),
      ),
    );
  },
};
