import { type Observable, concat, concatMap, filter, identity, ignoreElements, map, of, take, tap } from 'rxjs';
import type { MqttMessage } from '../../index.js';
import { type Arguments, readTimer, readInteger } from '../arguments.js';
import type { Command, ExitCode } from '../command.js';
import { connectionOptions, keepsSession, readQos, readTarget } from '../connection-options.js';
import { FORMAT_HELP, readFormat } from '../message-format.js';
import { shown } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { withClient } from '../with-client.js';

export const sub: Command = {
  usage: 'URL FILTER...',
  summary: 'print the messages of topic filters',
  options: {
    qos: { type: 'string', short: 'q', value: '0|1|2', help: 'QoS of the subscription (1)' },
    format: { type: 'string', short: 'f', value: 'TEXT', help: "what to print ('%t %p')" },
    json: { type: 'boolean', help: 'one line of JSON for each message' },
    count: { type: 'string', short: 'n', value: 'N', help: 'end after N messages' },
    for: { type: 'string', value: 'TIME', help: 'end after this time; code 3 if before --count' },
    'no-retained': { type: 'boolean', help: 'no retained messages' },
    'retained-only': { type: 'boolean', help: 'only retained messages; --for TIME ends it' },
    'remove-retained': { type: 'boolean', help: 'remove retained messages and print them' },
    ...connectionOptions,
  },
  notes: ['', '--format may have', FORMAT_HELP],
  examples: [
    "sub mqtt://localhost 'sensors/#'",
    "sub mqtts://broker.example.com '$SYS/#' --json --for 10s",
    "sub mqtt://localhost 'doors/+/state' --count 1 --format '%p'",
  ],
  async run(args, terminal) {
    const target = await readTarget(args, terminal);
    if (target.rest.length === 0) throw new UsageError("which topics? Write a filter, such as 'sensors/#'");
    const write = readFormat(args, '%t %p');
    const chosen = readRetained(args);
    const count = args.text('count') === undefined ? undefined : readInteger(args.text('count')!, 'count', 1);
    const time = args.text('for');
    const duration = time === undefined ? undefined : readTimer(time, 'for');
    const qos = readQos(args, 1);
    const { stdout } = terminal;
    return withClient(
      target,
      terminal,
      client => {
        const remove = (message: MqttMessage) =>
          client.publish(message.topic, '', { qos: 1, retain: true }).pipe(map(() => message));
        const message$ = client
          .topic$(target.rest, {
            qos,
            unsubscribeOnLeave: !keepsSession(target.options),
            ...(chosen === 'no-retained' && { retainHandling: 2 }),
          })
          .pipe(
            filter(message => isChosen(message, chosen)),
            chosen === 'remove-retained' ? concatMap(remove) : identity,
            tap(message => stdout.write(`${shown(write(message), stdout)}\n`)),
          );
        return ending(count === undefined ? message$ : message$.pipe(take(count)));
      },
      { duration, whenOver: count === undefined ? 0 : 3 },
    );
  },
};

/** Emits the exit code when the stream completes. */
const ending = (stream$: Observable<unknown>): Observable<ExitCode> =>
  concat(stream$.pipe(ignoreElements()), of<ExitCode>(0));

const RETAINED = ['no-retained', 'retained-only', 'remove-retained'] as const;

/** Reads which messages are wanted; undefined: all. */
function readRetained(args: Arguments): (typeof RETAINED)[number] | undefined {
  const [chosen, excess] = RETAINED.filter(option => args.flag(option));
  if (excess !== undefined) throw new UsageError(`write --${chosen!} or --${excess}, not both`);
  return chosen;
}

/** A message without payload removes a retained one, and is none itself, even if the broker passes on its flag. */
function isChosen({ retain, payload }: MqttMessage, chosen: ReturnType<typeof readRetained>): boolean {
  if (chosen === undefined) return true;
  return chosen === 'no-retained' ? !retain : retain && payload.length > 0;
}
