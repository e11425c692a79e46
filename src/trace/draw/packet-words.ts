import { hex, piece, quoted } from '../../quoted.js';
import type { TracePacket, TracePayload } from '../trace-event.js';
import { shortened } from './picture/text-width.js';

type Fields = Readonly<Record<string, unknown>>;

const longestTopic = 22;
const longestPayload = 12;
const mostTopics = 3;

/** The name of a packet as MQTT writes it: PUBLISH. */
export const nameOf = ({ packet }: TracePacket): string => shortened(piece(packet.cmd.toUpperCase()), 20);

/** What is drawn below the name of a packet: `q1`, `#7`, `a/b`, `"21.5"`. */
export function packetDetails({ packet }: TracePacket): string[] {
  const fields: Fields = packet;
  switch (packet.cmd) {
    case 'connect':
      return [number('v', fields.protocolVersion), fields.clean === false ? 'resume' : ''].filter(Boolean);
    case 'connack':
      return [fields.sessionPresent === true ? 'session present' : '', failure(fields)].filter(Boolean);
    case 'publish':
      return publishDetails(fields);
    case 'subscribe':
      return [number('#', fields.packetId), ...some(list(fields.subscriptions), subscriptionWords)];
    case 'unsubscribe':
      return [number('#', fields.packetId), ...some(list(fields.filters), topicWords)];
    case 'suback':
    case 'unsuback':
      return [number('#', fields.packetId), ...some(list(fields.reasonCodes).filter(isFailure), codeWords)];
    default:
      return [number('#', fields.packetId), failure(fields)].filter(Boolean);
  }
}

/** Topics and filters as they are drawn: printable, and not wide. */
export const topicWords = (topic: unknown): string => shortened(piece(String(topic)), longestTopic);

/** The first ones of a list in words, and how many more there are. */
export function some<T>(values: readonly T[], words: (value: T) => string): string[] {
  const more = values.length - mostTopics;
  return [...values.slice(0, mostTopics).map(words), ...(more > 0 ? [`+${more} more`] : [])];
}

function publishDetails({ qos, packetId, dup, retain, topic, payload }: Fields): string[] {
  return [
    number('q', qos),
    number('#', packetId),
    dup === true ? 'dup' : '',
    retain === true ? 'retain' : '',
    topic === undefined || topic === '' ? '' : topicWords(topic),
    payloadWords(payload as TracePayload | undefined),
  ].filter(Boolean);
}

function payloadWords(payload: TracePayload | undefined): string {
  if (typeof payload?.length !== 'number' || payload.length === 0) return '';
  if (typeof payload.text === 'string') return `"${shortened(piece(payload.text), longestPayload)}"`;
  return `${payload.length} bytes`;
}

const subscriptionWords = (subscription: unknown): string => {
  const { filter, qos } = (subscription ?? {}) as Fields;
  return `${topicWords(filter)}:${piece(String(qos))}`;
};

const number = (sign: string, value: unknown): string =>
  typeof value === 'number' && !(sign === '#' && value === 0) ? `${sign}${value}` : '';

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isFailure = (code: unknown): boolean => typeof code !== 'number' || code >= 0x80;

const failure = ({ reasonCode }: Fields): string =>
  reasonCode === undefined || reasonCode === 0 ? '' : codeWords(reasonCode);

const codeWords = (code: unknown): string => (typeof code === 'number' ? hex(code) : quoted(String(code)));
