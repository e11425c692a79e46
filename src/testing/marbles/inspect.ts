import { MqttError } from '../../errors.js';
import { MqttMessage } from '../../message.js';
import type { Packet } from '../../packets.js';
import { describePacketFully } from '../describe-packet.js';
import { inspectWith, textOf } from './inspect-plain.js';

/** Describes a value for the failure of a test: packets, messages and errors by short descriptions, other values as in source code. */
export const inspect = (value: unknown): string => inspectWith(inWords, value);

function inWords(value: object): string | undefined {
  if (value instanceof MqttMessage) return ofMessage(value as MqttMessage);
  if (value instanceof Error) return MqttError.is(value) ? `${value.code} (${value.message})` : String(value);
  return 'cmd' in value && typeof value.cmd === 'string' ? describePacketFully(value as Packet) : undefined;
}

function ofMessage({ topic, payload, qos, retain, dup }: MqttMessage): string {
  return `${topic} ${textOf(payload)} q${qos}${dup ? ' dup' : ''}${retain ? ' retain' : ''}`;
}
