import type { PublishProperties, UserProperties } from '../message.js';
import type { ProtocolVersion, PublishPacket } from '../packets.js';
import { utf8ByteLength } from './utf8.js';

/** Returns the bytes of a PUBLISH, with its fixed header (5.0 section 3.3). */
export function publishSize(packet: PublishPacket, version: ProtocolVersion): number {
  let remaining = stringSize(packet.topic) + packet.payload.byteLength;
  if (packet.qos > 0) remaining += 2;
  if (version === 5) {
    const properties = publishPropertiesSize(packet.properties);
    remaining += variableByteIntegerSize(properties) + properties;
  }
  return 1 + variableByteIntegerSize(remaining) + remaining;
}

/** Returns the bytes of a SUBSCRIBE or UNSUBSCRIBE with its fixed header, for a payload of `payload` bytes (5.0 section 3.8). */
export function subscribeSize(payload: number, version: ProtocolVersion): number {
  const remaining = 2 + (version === 5 ? 1 : 0) + payload;
  return 1 + variableByteIntegerSize(remaining) + remaining;
}

/** Returns the bytes that properties add to a SUBSCRIBE or UNSUBSCRIBE of 5.0 without any. */
export function requestPropertiesSize(identifier: number | undefined, userProperties: UserProperties = []): number {
  const size = (identifier === undefined ? 0 : identifierSize(identifier)) + userPropertiesSize(userProperties);
  return size + variableByteIntegerSize(size) - 1;
}

const identifierSize = (identifier: number): number => 1 + variableByteIntegerSize(identifier);

/** The largest subscription identifier (5.0 section 3.8.2.1.2), which has the most bytes. */
export const LARGEST_IDENTIFIER = 268_435_455;

/** Returns the bytes of one filter in a SUBSCRIBE. In an UNSUBSCRIBE it has one byte less. */
export const requestSize = (filter: string): number => stringSize(filter) + 1;

function userPropertiesSize(userProperties: UserProperties): number {
  let size = 0;
  for (const [name, value] of userProperties) size += 1 + stringSize(name) + stringSize(value);
  return size;
}

/** Returns the bytes of the properties of a PUBLISH, without their length (5.0 section 3.3.2.3). */
export function publishPropertiesSize(properties: PublishProperties | undefined): number {
  if (properties === undefined) return 0;
  const { contentType, responseTopic, correlationData, subscriptionIdentifier, userProperties } = properties;
  let size = 0;
  if (properties.payloadFormatIndicator !== undefined) size += 2;
  if (properties.messageExpiryInterval !== undefined) size += 5;
  if (properties.topicAlias !== undefined) size += 3;
  if (contentType !== undefined) size += 1 + stringSize(contentType);
  if (responseTopic !== undefined) size += 1 + stringSize(responseTopic);
  if (correlationData !== undefined) size += 3 + correlationData.byteLength;
  if (subscriptionIdentifier !== undefined) {
    for (const id of [subscriptionIdentifier].flat()) size += identifierSize(id);
  }
  if (userProperties !== undefined) size += userPropertiesSize(userProperties);
  return size;
}

const stringSize = (text: string): number => 2 + utf8ByteLength(text);

/** Returns the bytes of a Variable Byte Integer (5.0 section 1.5.5). */
export function variableByteIntegerSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return value < 0x200000 ? 3 : 4;
}
