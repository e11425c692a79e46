import type { PublishProperties } from '../message.js';
import { utf8Decoder, utf8Encoder } from '../platform.js';
import { unreadable } from './store-errors.js';

/** The flag of a content that has details. The other flags belong to the record. */
const HAS_DETAILS = 0x80;

/** What a record holds besides topic and payload, if there is any of it. */
export interface Details {
  /** ms since 1970 */
  readonly expiresAt?: number;
  readonly tag?: string;
  readonly properties?: PublishProperties;
  /** A character for each byte. */
  readonly correlationData?: string;
}

const encoder = /* @__PURE__ */ utf8Encoder();
const decoder = /* @__PURE__ */ utf8Decoder({ fatal: true, ignoreBOM: true });

export const encodeText = (text: string): Uint8Array => encoder.encode(text);

export function decodeText(key: string, value: Uint8Array): string {
  try {
    return decoder.decode(value);
  } catch {
    throw unreadable(key, 'its text is no UTF-8');
  }
}

/** What messages and receipts have in common. */
export interface Content {
  readonly flags: number;
  readonly packetId: number;
  readonly topic: string;
  readonly details: Details;
  readonly payload: Uint8Array;
}

/** Writes flags, packet identifier, length and bytes of the topic, the same of the details where there are any, and the payload. */
export function encodeContent(
  flags: number,
  packetId: number,
  topic: string,
  details: Details | undefined,
  payload: Uint8Array,
): Uint8Array {
  const name = encoder.encode(topic);
  const text = details && encoder.encode(JSON.stringify(details));
  const start = 5 + name.length + (text === undefined ? 0 : 4 + text.length);
  const bytes = new Uint8Array(start + payload.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = flags | (text === undefined ? 0 : HAS_DETAILS);
  view.setUint16(1, packetId);
  view.setUint16(3, name.length);
  bytes.set(name, 5);
  if (text !== undefined) {
    view.setUint32(5 + name.length, text.length);
    bytes.set(text, 9 + name.length);
  }
  bytes.set(payload, start);
  return bytes;
}

export function decodeContent(key: string, value: Uint8Array): Content {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > value.length) throw unreadable(key, `it ends after ${value.length} bytes`);
    at += length;
    return value.subarray(at - length, at);
  };
  const flags = take(1)[0]!;
  take(4);
  const packetId = view.getUint16(1);
  const topic = decodeText(key, take(view.getUint16(3)));
  if (topic === '') throw unreadable(key, 'it has no topic');
  let details: Details = {};
  if ((flags & HAS_DETAILS) !== 0) {
    take(4);
    details = parseDetails(key, decodeText(key, take(view.getUint32(at - 4))));
  }
  return { flags, packetId, topic, details, payload: value.slice(at) };
}

function parseDetails(key: string, text: string): Details {
  let details: unknown;
  try {
    details = JSON.parse(text);
  } catch {
    throw unreadable(key, 'its details are no JSON');
  }
  if (!isObject(details)) throw unreadable(key, 'its details are no object');
  const { expiresAt = 0, tag = '', properties = {}, correlationData = '' } = details;
  if (typeof expiresAt !== 'number' || typeof tag !== 'string' || typeof correlationData !== 'string')
    throw unreadable(key, 'its details have another type');
  if (!isObject(properties)) throw unreadable(key, 'its properties are no object');
  for (const [name, value] of Object.entries(properties))
    if (!isProperty(name, value)) throw unreadable(key, `its property '${name}' has another type`);
  return details;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function isProperty(name: string, value: unknown): boolean {
  switch (name) {
    case 'payloadFormatIndicator':
      return typeof value === 'boolean';
    case 'messageExpiryInterval':
      return typeof value === 'number';
    case 'responseTopic':
    case 'contentType':
      return typeof value === 'string';
    case 'userProperties':
      return Array.isArray(value) && value.every(isPair);
    default:
      return false;
  }
}

const isPair = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every(text => typeof text === 'string');

export function detailsOf(properties: PublishProperties | undefined): Details {
  if (properties === undefined) return {};
  const { correlationData, ...rest } = properties;
  return {
    properties: rest,
    ...(correlationData === undefined ? {} : { correlationData: String.fromCharCode(...correlationData) }),
  };
}

export function propertiesOf({ properties, correlationData }: Details): PublishProperties | undefined {
  if (correlationData === undefined) return properties;
  return { ...properties, correlationData: Uint8Array.from(correlationData, char => char.charCodeAt(0)) };
}
