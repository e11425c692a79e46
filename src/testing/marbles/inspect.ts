import { MqttError } from '../../errors.js';
import { MqttMessage } from '../../message.js';
import type { Packet } from '../../packets.js';
import { describePacketFully } from '../describe-packet.js';
import { inspectWith, textOf } from './inspect-plain.js';

/** A value for the reader of a failed test: packets, messages and errors in words, the rest as in a program. */
export const inspect = (value: unknown): string => inspectWith(inWords, value);

function inWords(value: object): string | undefined {
  if (value instanceof MqttMessage) return ofMessage(value as MqttMessage);
  if (value instanceof Error) return MqttError.is(value) ? `${value.code} (${value.message})` : String(value);
  return 'cmd' in value && typeof value.cmd === 'string' ? describePacketFully(value as Packet) : undefined;
}

function ofMessage({ topic, payload, qos, retain, dup }: MqttMessage): string {
  return `${topic} ${textOf(payload)} q${qos}${dup ? ' dup' : ''}${retain ? ' retain' : ''}`;
}
