import { MqttError } from '../../errors.js';
import type { MqttMessage } from '../../message.js';
import type { Packet } from '../../packets.js';
import { describePacketFully } from '../describe-packet.js';
import { inspectWith, textOf } from './inspect-plain.js';

/** Describes a value for the failure of a test: packets, messages and errors by short descriptions, other values as in source code. */
export const inspect = (value: unknown): string => inspectWith(inWords, value);

function inWords(value: object): string | undefined {
  if (isMessage(value)) return ofMessage(value);
  if (value instanceof Error) return MqttError.is(value) ? `${value.code} (${value.message})` : String(value);
  return 'cmd' in value && typeof value.cmd === 'string' ? describePacketFully(value as Packet) : undefined;
}

/** Recognizes messages of another copy of the library, too. */
function isMessage(value: object): value is MqttMessage {
  return 'topic' in value && 'payload' in value && 'json' in value && typeof value.json === 'function';
}

function ofMessage({ topic, payload, qos, retain, dup }: MqttMessage): string {
  return `${topic} ${textOf(payload)} q${qos}${dup ? ' dup' : ''}${retain ? ' retain' : ''}`;
}
