import { MqttError } from '../errors.js';
import { MqttMessage, type PublishProperties, type QoS } from '../message.js';
import { utf8Decoder } from '../platform.js';
import type { StoredMessage } from '../protocol/session-recorder.js';
import type { OutgoingPublish } from '../protocol/outbound/outgoing-publish.js';

/**
 * The records of a stored session: each is a key and its value.
 *
 * - `f`: the version of this format, one byte.
 * - `c`: a client identifier that the client made, or the broker assigned.
 * - `m` and a sequence number: an outgoing message.
 * - `p` and the same number: its packet identifier and QoS, where they were assigned after the message was stored.
 * - `e`: the number of the session at the broker, which counts up when the broker has lost it.
 * - `r` and a packet identifier: the number of the session, and the received QoS 2 message, unless it was delivered.
 * - `s`: packet identifiers that must not be used again in this session.
 */
export const FORMAT = 1;
export const FORMAT_KEY = 'f';
export const CLIENT_ID_KEY = 'c';
export const EPOCH_KEY = 'e';
export const SPENT_IDS_KEY = 's';

const SEQUENCE_DIGITS = 11;

export const messageKey = (sequence: number): string => `m${digits(sequence)}`;
export const positionKey = (sequence: number): string => `p${digits(sequence)}`;
export const receiptKey = (packetId: number): string => `r${packetId}`;

export function sequenceOf(key: string): number {
  const sequence = parseInt(key.slice(1), 36);
  if (key.length !== 1 + SEQUENCE_DIGITS || !Number.isSafeInteger(sequence))
    throw unreadable(key, 'it has no sequence number');
  return sequence;
}

/** Digits whose order as text is the order of the numbers. */
const digits = (sequence: number): string => sequence.toString(36).padStart(SEQUENCE_DIGITS, '0');

const RETAIN = 0x10;
const SENT_BEFORE = 0x20;
const RELEASED = 0x40;
const HAS_DETAILS = 0x80;
const WITHDRAWN = 0x10;

const encoder = new TextEncoder();
const decoder = utf8Decoder();

/** What a record holds besides topic and payload, if there is any of it. */
interface Details {
  /** ms since 1970 */
  expiresAt?: number;
  tag?: string;
  properties?: PublishProperties;
  correlationData?: string;
}

/** @param wallClockOffset - ms to add to a time of the client's clock. */
export function encodeMessage(message: OutgoingPublish, wallClockOffset: number): Uint8Array {
  const { topic, qos, requestedQoS, retain, sentBefore, stage, packetId, payload, properties, expiresAt, tag } =
    message;
  const details: Details | undefined =
    properties === undefined && expiresAt === undefined && tag === undefined
      ? undefined
      : {
          ...(expiresAt === undefined ? {} : { expiresAt: expiresAt + wallClockOffset }),
          ...(tag === undefined ? {} : { tag }),
          ...detailsOf(properties),
        };
  const flags =
    qos |
    (requestedQoS << 2) |
    (retain ? RETAIN : 0) |
    (sentBefore ? SENT_BEFORE : 0) |
    (stage === 'released' ? RELEASED : 0);
  return encode(flags, stage === 'queued' ? 0 : packetId, topic, details, payload);
}

export function decodeMessage(key: string, value: Uint8Array, wallClockOffset: number): StoredMessage {
  const { flags, packetId, topic, details, payload } = decode(key, value);
  const stage = (flags & RELEASED) !== 0 ? 'released' : packetId === 0 ? 'queued' : 'sent';
  return {
    topic,
    payload,
    qos: qosOf(key, flags & 3),
    requestedQoS: qosOf(key, (flags >> 2) & 3),
    retain: (flags & RETAIN) !== 0,
    properties: propertiesOf(details),
    expiresAt: details.expiresAt === undefined ? undefined : details.expiresAt - wallClockOffset,
    tag: details.tag,
    stage,
    packetId,
    sentBefore: (flags & SENT_BEFORE) !== 0,
  };
}

/** Encodes what is assigned to a message when it is sent. */
export function encodePosition({ packetId, qos, withdrawn }: OutgoingPublish): Uint8Array {
  return Uint8Array.of(packetId >> 8, packetId & 0xff, qos | (withdrawn ? WITHDRAWN : 0));
}

export function applyPosition(message: OutgoingPublish, key: string, value: Uint8Array): void {
  if (value.length !== 3) throw unreadable(key, `it has ${value.length} bytes and not 3`);
  const flags = value[2]!;
  message.packetId = (value[0]! << 8) | value[1]!;
  message.qos = qosOf(key, flags & 3);
  message.withdrawn = (flags & WITHDRAWN) !== 0;
  message.stage = 'sent';
}

export function encodeReceipt(receipt: 'delivered' | MqttMessage, epoch: number): Uint8Array {
  if (receipt === 'delivered') return encodeEpoch(epoch);
  const { topic, qos, retain, packetId = 0, properties, payload } = receipt;
  const given = Object.keys(properties).length === 0 ? undefined : detailsOf(properties);
  const content = encode(qos | (retain ? RETAIN : 0), packetId, topic, given, payload);
  const value = new Uint8Array(4 + content.length);
  value.set(encodeEpoch(epoch));
  value.set(content, 4);
  return value;
}

/** Returns the number of the session in which the message was received, and the message unless it was delivered. */
export function decodeReceipt(key: string, value: Uint8Array): { epoch: number; message: MqttMessage | undefined } {
  const epoch = decodeEpoch(key, value.subarray(0, 4));
  if (value.length === 4) return { epoch, message: undefined };
  const { flags, packetId, topic, details, payload } = decode(key, value.subarray(4));
  const retain = (flags & RETAIN) !== 0;
  const properties = propertiesOf(details);
  // DUP is set, as on every PUBLISH of a message that may have been delivered before
  return { epoch, message: new MqttMessage(topic, payload, qosOf(key, flags & 3), retain, true, packetId, properties) };
}

export const encodeEpoch = (epoch: number): Uint8Array =>
  Uint8Array.of(epoch >>> 24, (epoch >> 16) & 0xff, (epoch >> 8) & 0xff, epoch & 0xff);

export function decodeEpoch(key: string, value: Uint8Array): number {
  if (value.length !== 4) throw unreadable(key, `it has ${value.length} bytes where 4 are the number of a session`);
  return new DataView(value.buffer, value.byteOffset).getUint32(0);
}

export const encodeIds = (ids: readonly number[]): Uint8Array =>
  Uint8Array.from(ids.flatMap(id => [id >> 8, id & 0xff]));

export function decodeIds(key: string, value: Uint8Array): number[] {
  if (value.length % 2 !== 0) throw unreadable(key, 'it has an odd number of bytes');
  return Array.from({ length: value.length / 2 }, (_, i) => (value[2 * i]! << 8) | value[2 * i + 1]!);
}

export const encodeText = (text: string): Uint8Array => encoder.encode(text);
export const decodeText = (value: Uint8Array): string => decoder.decode(value);

/** Flags, packet identifier, length and bytes of the topic, the same of the details where there are any, payload. */
function encode(flags: number, packetId: number, topic: string, details: Details | undefined, payload: Uint8Array) {
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

function decode(key: string, value: Uint8Array) {
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
  const topic = decoder.decode(take(view.getUint16(3)));
  let details: Details = {};
  if ((flags & HAS_DETAILS) !== 0) {
    take(4);
    details = parseDetails(key, take(view.getUint32(at - 4)));
  }
  return { flags, packetId, topic, details, payload: value.slice(at) };
}

function parseDetails(key: string, bytes: Uint8Array): Details {
  try {
    return JSON.parse(decoder.decode(bytes)) as Details;
  } catch {
    throw unreadable(key, 'its details are no JSON');
  }
}

function detailsOf(properties: PublishProperties | undefined): Details {
  if (properties === undefined) return {};
  const { correlationData, ...rest } = properties;
  return {
    properties: rest,
    ...(correlationData === undefined ? {} : { correlationData: String.fromCharCode(...correlationData) }),
  };
}

function propertiesOf({ properties, correlationData }: Details): PublishProperties | undefined {
  if (correlationData === undefined) return properties;
  return { ...properties, correlationData: Uint8Array.from(correlationData, char => char.charCodeAt(0)) };
}

function qosOf(key: string, qos: number): QoS {
  if (qos > 2) throw unreadable(key, `it has a QoS of ${qos}`);
  return qos as QoS;
}

/** The error of a record that this version cannot read. */
export function unreadable(key: string, why: string): MqttError {
  return new MqttError(
    'STORE_UNREADABLE',
    `cannot read the record '${key}' of the stored session: ${why}; give the store to the version that wrote it, or move it away to begin ` +
      'with an empty session',
    { subject: key },
  );
}
