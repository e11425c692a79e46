import { type Observable, concatMap, last, map, of, scan, tap, throwError } from 'rxjs';
import type { MqttClient, MqttError, PublishOptions, UserProperties } from '../../index.js';
import { type Arguments, readDuration } from '../arguments.js';
import type { Command, ExitCode } from '../command.js';
import { connectionOptions, readQos, readTarget } from '../connection-options.js';
import { linesOf, readPayload } from '../payload-input.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { withClient } from '../with-client.js';

export const pub: Command = {
  usage: 'URL TOPIC [PAYLOAD]',
  summary: 'publish a message, or each line of the standard input',
  options: {
    qos: { type: 'string', short: 'q', value: '0|1|2', help: 'QoS of the message (1)' },
    retain: { type: 'boolean', short: 'r', help: 'the broker keeps the message for new subscribers' },
    file: { type: 'string', short: 'f', value: 'FILE', help: 'the payload; - for the standard input as a whole' },
    property: { type: 'string', short: 'P', multiple: true, value: 'NAME=VALUE', help: 'user property, 5.0' },
    'content-type': { type: 'string', value: 'TYPE', help: '5.0' },
    expiry: { type: 'string', value: 'TIME', help: 'how long the message is worth delivering' },
    ...connectionOptions,
  },
  examples: [
    'pub mqtt://localhost lamps/kitchen/set on --retain',
    'pub mqtt://localhost photos/1 --file photo.jpg',
    'seq 1 100000 | rxjs-mqtt pub mqtt://localhost numbers',
  ],
  async run(args, terminal) {
    const target = await readTarget(args, terminal);
    const [topic, payload, ...others] = target.rest;
    if (topic === undefined) throw new UsageError('which topic? Write it after the URL');
    if (others.length > 0) throw new UsageError(`'${others[0]!}' is too much; a payload with spaces needs quotes`);
    const file = args.text('file');
    if (payload !== undefined && file !== undefined) throw new UsageError('write a payload or --file, not both');
    const options = readOptions(args);
    const whole = file === undefined ? payload : await readPayload(file, terminal);
    if (whole === undefined && terminal.stdin.isTTY)
      terminal.stderr.write('rxjs-mqtt: each line that you type is a message; Ctrl-D ends it\n');
    return withClient(target, terminal, client =>
      whole === undefined
        ? publishLines(client, topic, options, terminal)
        : client.publish(topic, whole, options).pipe(map((): ExitCode => 0)),
    );
  },
};

function readOptions(args: Arguments): PublishOptions {
  const userProperties: UserProperties = args.all('property').map(text => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined) throw new UsageError(`--property is '${text}'; write NAME=VALUE`);
    return [name, value!];
  });
  const contentType = args.text('content-type');
  const expiry = args.text('expiry');
  const properties = {
    ...(userProperties.length > 0 && { userProperties }),
    ...(contentType !== undefined && { contentType }),
    ...(expiry !== undefined && { messageExpiryInterval: Math.ceil(readDuration(expiry, 'expiry') / 1000) }),
  };
  return {
    qos: readQos(args, 1),
    retain: args.flag('retain'),
    ...(Object.keys(properties).length > 0 && { properties }),
  };
}

/** Publishes each line, with as many in flight as the broker allows, and shows the progress on a terminal. */
function publishLines(
  client: MqttClient,
  topic: string,
  options: PublishOptions,
  { stdin, stderr }: Terminal,
): Observable<ExitCode> {
  // the terminal shows what somebody types
  const showsProgress = stderr.isTTY && !stdin.isTTY;
  const started = performance.now();
  const progress = (sent: number) => {
    const seconds = (performance.now() - started) / 1000;
    stderr.write(`\r${sent} messages, ${Math.round(sent / Math.max(seconds, 0.001))} a second `);
  };
  async function* messages() {
    for await (const payload of linesOf(stdin)) yield { topic, payload, ...options };
  }
  const failures: MqttError[] = [];
  let drawn = 0;
  return client.publishAll(messages()).pipe(
    tap(outcome => outcome.status !== 'published' && failures.push(outcome.error)),
    scan(sent => sent + 1, 0),
    tap(sent => {
      const now = performance.now();
      if (!showsProgress || now - drawn < 100) return;
      drawn = now;
      progress(sent);
    }),
    last(undefined, 0),
    concatMap(sent => {
      if (showsProgress) {
        progress(sent);
        stderr.write('\n');
      }
      const [first] = failures;
      if (first === undefined) return of<ExitCode>(0);
      stderr.write(`rxjs-mqtt: ${failures.length} of ${sent} messages were not published\n`);
      return throwError(() => first);
    }),
  );
}
