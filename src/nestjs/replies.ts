import type { WritePacket } from '@nestjs/microservices';
import type { MqttMessage, PublishProperties, QoS, UserProperties } from '../message.js';
import type { PublishOptions } from '../options/call-options.js';
import type { AnyCodec } from './options.js';
import { type Outgoing, isEnvelope, readPayload, write, writeBy, writeEnvelope } from './payloads.js';

/** The user property of a reply that says what it is. Replies without it, of responders that know nothing of NestJS, are the only one. */
const STATUS = 'reply-status';

/** Makes the message of a reply. */
export type ReplyWriter = (packet: WritePacket) => Outgoing & { readonly topic: string };

/** What a service reads from a message. */
export interface Incoming {
  readonly data: unknown;
  /** Undefined if nobody waits for a reply. */
  readonly reply?: ReplyWriter;
}

/** Reads a message of either convention. With a codec, it is the one by properties, and `value` is what the codec has read. */
export function readIncoming(message: MqttMessage, mayReplyTo: (topic: string) => boolean, codec?: AnyCodec): Incoming {
  const { responseTopic, correlationData, contentType } = message.properties;
  const replyTo = responseTopic !== undefined && mayReplyTo(responseTopic) ? responseTopic : undefined;
  const reply = replyTo === undefined ? {} : { reply: byProperties(replyTo, correlationData, codec) };
  if (codec !== undefined) return { data: message.value, ...reply };
  const value = readPayload(message.payload, contentType);
  const { data, id } = isEnvelope(value) ? value : { data: value };
  if (responseTopic !== undefined) return { data, ...reply };
  return { data, ...(id !== undefined && { reply: byEnvelope(`${message.topic}/reply`, id) }) };
}

/** Reads a reply that `byProperties` has written, or any other. */
export async function readReply(message: MqttMessage, codec: AnyCodec | undefined): Promise<WritePacket> {
  const { payload, properties } = message;
  const { userProperties = [], contentType } = properties;
  const status = userProperties.find(([name]) => name === STATUS)?.[1];
  if (status === 'error') return { err: readPayload(payload, contentType), isDisposed: true };
  if (status === 'complete' && payload.length === 0 && contentType === undefined) return { isDisposed: true };
  const response = codec === undefined ? readPayload(payload, contentType) : await codec.decode(payload, message);
  return { response, isDisposed: status !== 'next' };
}

function byProperties(topic: string, correlationData: Uint8Array | undefined, codec?: AnyCodec): ReplyWriter {
  return ({ err, response, isDisposed = false }) => {
    const isError = err !== undefined && err !== null;
    const content: unknown = isError ? err : response;
    const { properties, ...message } = written(content, isError ? undefined : codec, topic);
    const status = isError ? 'error' : isDisposed ? 'complete' : 'next';
    const userProperties: UserProperties = [...(properties.userProperties ?? []), [STATUS, status]];
    const all: PublishProperties = { ...properties, userProperties, ...(correlationData && { correlationData }) };
    return { ...message, topic, properties: all };
  };
}

function written(content: unknown, codec: AnyCodec | undefined, topic: string): Outgoing {
  if (content === undefined) return { payload: '', properties: {} };
  return codec === undefined ? write(content, true) : writeBy(codec, content, topic);
}

function byEnvelope(topic: string, id: string): ReplyWriter {
  return ({ response, ...packet }) => ({ ...writeEnvelope({ ...packet, id }, 'response', response), topic });
}

/** The options with which a message of either side is published. */
export function publishOptions(
  { qos, retain, properties }: Outgoing,
  defaultQoS: QoS,
): Pick<PublishOptions, 'retain' | 'properties'> & { qos: QoS } {
  return { qos: qos ?? defaultQoS, ...(retain !== undefined && { retain }), properties };
}
