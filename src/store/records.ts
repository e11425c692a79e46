import { MqttMessage, type QoS } from '../message.js';
import type { StoredMessage } from '../protocol/session-recorder.js';
import type { OutgoingPublish } from '../protocol/outbound/outgoing-publish.js';
import { type Details, decodeContent, decodeText, detailsOf, encodeContent, propertiesOf } from './record-content.js';
import { unreadable } from './store-errors.js';

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

/** Returns the packet identifier of a receipt. */
export function packetIdOf(key: string): number {
  const packetId = Number(key.slice(1));
  if (!Number.isInteger(packetId) || packetId < 1 || packetId > 0xffff || key !== receiptKey(packetId))
    throw unreadable(key, 'it has no packet identifier');
  return packetId;
}

export function sequenceOf(key: string): number {
  const sequence = parseInt(key.slice(1), 36);
  if (!Number.isSafeInteger(sequence) || key.slice(1) !== digits(sequence))
    throw unreadable(key, 'it has no sequence number');
  return sequence;
}

/** Digits whose order as text is the order of the numbers. */
const digits = (sequence: number): string => sequence.toString(36).padStart(SEQUENCE_DIGITS, '0');

const RETAIN = 0x10;
const SENT_BEFORE = 0x20;
const RELEASED = 0x40;
const WITHDRAWN = 0x10;

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
  return encodeContent(flags, stage === 'queued' ? 0 : packetId, topic, details, payload);
}

export function decodeMessage(key: string, value: Uint8Array, wallClockOffset: number): StoredMessage {
  const { flags, packetId, topic, details, payload } = decodeContent(key, value);
  const stage = (flags & RELEASED) !== 0 ? 'released' : packetId === 0 ? 'queued' : 'sent';
  const qos = qosOf(key, flags & 3);
  if (stage === 'released') assertPosition(key, packetId, qos, 2);
  else if (stage === 'sent') assertPosition(key, packetId, qos, 1);
  return {
    topic,
    payload,
    qos,
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
  if (message.stage === 'released') throw unreadable(key, 'its message is released');
  const flags = value[2]!;
  message.packetId = (value[0]! << 8) | value[1]!;
  message.qos = qosOf(key, flags & 3);
  assertPosition(key, message.packetId, message.qos, 1);
  message.withdrawn = (flags & WITHDRAWN) !== 0;
  message.stage = 'sent';
}

export function encodeReceipt(receipt: 'delivered' | MqttMessage, epoch: number): Uint8Array {
  if (receipt === 'delivered') return encodeEpoch(epoch);
  const { topic, qos, retain, packetId = 0, payload } = receipt;
  // identifiers of subscriptions and topic aliases mean nothing to another process
  const { subscriptionIdentifier: _, topicAlias: __, ...properties } = receipt.properties;
  const given = Object.keys(properties).length === 0 ? undefined : detailsOf(properties);
  const content = encodeContent(qos | (retain ? RETAIN : 0), packetId, topic, given, payload);
  const value = new Uint8Array(4 + content.length);
  value.set(encodeEpoch(epoch));
  value.set(content, 4);
  return value;
}

/** Returns the number of the session in which the message was received, and the message unless it was delivered. */
export function decodeReceipt(key: string, value: Uint8Array): { epoch: number; message: MqttMessage | undefined } {
  const epoch = decodeEpoch(key, value.subarray(0, 4));
  if (value.length === 4) return { epoch, message: undefined };
  const { flags, packetId, topic, details, payload } = decodeContent(key, value.subarray(4));
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

export function decodeClientId(value: Uint8Array): string {
  if (value.length === 0) throw unreadable(CLIENT_ID_KEY, 'it is empty');
  return decodeText(CLIENT_ID_KEY, value);
}

function assertPosition(key: string, packetId: number, qos: QoS, minimumQoS: QoS): void {
  if (packetId === 0 || qos < minimumQoS) throw unreadable(key, `it has QoS ${qos} and packet identifier ${packetId}`);
}

function qosOf(key: string, qos: number): QoS {
  if (qos > 2) throw unreadable(key, `it has a QoS of ${qos}`);
  return qos as QoS;
}
