import type { MqttMessage } from '../index.js';
import type { Arguments } from './arguments.js';
import { UsageError } from './usage-error.js';

/** The parts of a message that a format names. */
const PARTS: Readonly<Record<string, (message: MqttMessage) => string>> = {
  t: ({ topic }) => topic,
  p: message => textOf(message),
  x: ({ payload }) => hex(payload),
  l: ({ payload }) => String(payload.length),
  q: ({ qos }) => String(qos),
  r: ({ retain }) => (retain ? '1' : '0'),
  d: ({ dup }) => (dup ? '1' : '0'),
  I: () => new Date().toISOString(),
  '%': () => '%',
  n: () => '\n',
};

/** The letters of `--format`, for the help. */
export const FORMAT_HELP = '%t topic, %p payload, %x hex, %l bytes, %q QoS, %r retained, %d DUP, %I time';

/** Returns a function that writes messages as `--json` or `--format` says. */
export function readFormat(args: Arguments, standard: string): (message: MqttMessage) => string {
  if (args.flag('json')) return messageJson;
  const format = args.text('format') ?? standard;
  const [unknown] = [...format.matchAll(/%(.?)/gs)].find(([, letter]) => !Object.hasOwn(PARTS, letter!)) ?? [];
  if (unknown !== undefined) throw new UsageError(`--format has '${unknown}'; it may have ${FORMAT_HELP}`);
  return message => format.replace(/%(.)/gs, (_, letter: string) => PARTS[letter]!(message));
}

/** Returns a message as one line of JSON. A payload that is not UTF-8 is in base64. */
function messageJson(message: MqttMessage): string {
  const { topic, payload, qos, retain, dup, properties } = message;
  const { correlationData, ...others } = properties;
  const text = decoded(payload);
  return JSON.stringify({
    time: new Date().toISOString(),
    topic,
    ...(text === undefined ? { base64: base64(payload) } : { payload: text }),
    qos,
    retain,
    ...(dup && { dup }),
    ...(Object.keys(properties).length > 0 && {
      properties: { ...others, ...(correlationData && { correlationData: base64(correlationData) }) },
    }),
  });
}

/** Returns a payload as text, or as hexadecimal digits if it is none. */
function textOf({ payload }: MqttMessage): string {
  return decoded(payload) ?? `0x${hex(payload)}`;
}

function decoded(payload: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(payload);
  } catch {
    return undefined;
  }
}

const hex = (payload: Uint8Array): string => Buffer.from(payload).toString('hex');
const base64 = (payload: Uint8Array): string => Buffer.from(payload).toString('base64');
