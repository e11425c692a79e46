import { MqttRecord } from '@nestjs/microservices';
import type { PublishProperties, QoS, UserProperties } from '../message.js';
import { MqttError } from '../errors.js';
import { quoted, wordsOf } from '../quoted.js';
import { utf8Decoder } from '../platform.js';
import type { AnyCodec } from './options.js';

const utf8 = /* @__PURE__ */ utf8Decoder({ fatal: true });

const TEXT = 'text/plain';
const JSON_TYPE = 'application/json';

/** What NestJS's own MQTT transport sends: the data with its pattern, and an id if a reply is expected at `<topic>/reply`. */
export interface Envelope {
  readonly pattern: unknown;
  readonly data: unknown;
  readonly id?: string;
}

/** A message to publish: its payload, and the options that the user set by an `MqttRecord`. */
export interface Outgoing {
  readonly payload: string | Uint8Array;
  readonly qos?: QoS;
  readonly retain?: boolean;
  readonly properties: PublishProperties;
}

/** Reads a payload: JSON or text, and bytes if it is neither. A content type of `text/plain` stays text, even if it looks like JSON. */
export function readPayload(payload: Uint8Array, contentType?: string): unknown {
  let text: string;
  try {
    text = utf8.decode(payload);
  } catch {
    return payload.slice();
  }
  if (contentType === TEXT) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Whether a value is an envelope. Data that only looks a little like one, such as `{ data: 1 }`, is not taken apart. */
export function isEnvelope(value: unknown): value is Envelope {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'pattern') && Object.hasOwn(value, 'data');
}

/**
 * Makes the message of a value or an `MqttRecord`: text and bytes as they are, everything else as JSON.
 *
 * @param hasProperties - whether the connection speaks 5.0, so that a content type can tell text from JSON.
 */
export function write(value: unknown, hasProperties: boolean): Outgoing {
  const { data, ...options } = unwrapRecord(value);
  const typed = (type: string) => (hasProperties ? { contentType: type, payloadFormatIndicator: true } : {});
  if (typeof data === 'string') return outgoing(data, typed(TEXT), options);
  if (data instanceof Uint8Array) return outgoing(data, {}, options);
  return outgoing(toJson(data), typed(JSON_TYPE), options);
}

/** Makes the message of a value or an `MqttRecord` by a codec. Throws `INVALID_ARGUMENT` if that does. */
export function writeBy(codec: AnyCodec, value: unknown, topic: string): Outgoing {
  const { data, ...options } = unwrapRecord(value);
  let payload: string | Uint8Array | ArrayBuffer;
  try {
    payload = codec.encode(data as never, topic);
  } catch (cause) {
    throw new MqttError('INVALID_ARGUMENT', `cannot encode the data for ${quoted(topic)}: ${wordsOf(cause)}`, {
      subject: 'data',
      cause,
    });
  }
  return outgoing(payload instanceof ArrayBuffer ? new Uint8Array(payload) : payload, {}, options);
}

/** Makes the message of an envelope: `key` is the name of its value, which may be an `MqttRecord`. */
export function writeEnvelope(envelope: object, key: 'data' | 'response', value: unknown): Outgoing {
  const { data, ...options } = unwrapRecord(value);
  return outgoing(toJson({ ...envelope, [key]: data }), {}, options);
}

type RecordOptions = NonNullable<MqttRecord['options']>;

function unwrapRecord(value: unknown): RecordOptions & { data: unknown } {
  return value instanceof MqttRecord ? { ...value.options, data: value.data as unknown } : { data: value };
}

function outgoing(payload: string | Uint8Array, own: PublishProperties, options: RecordOptions): Outgoing {
  const { qos, retain, properties: { userProperties, ...properties } = {} } = options;
  return {
    payload,
    ...(qos !== undefined && { qos }),
    ...(retain !== undefined && { retain }),
    properties: { ...own, ...properties, ...(userProperties && { userProperties: listOf(userProperties) }) },
  };
}

/** Turns the form of MQTT.js into the list of this library. */
function listOf(properties: Readonly<Record<string, string | readonly string[]>>): UserProperties {
  return Object.entries(properties).flatMap(([name, values]) => [values].flat().map(value => [name, value] as const));
}

function toJson(value: unknown): string {
  let cause: unknown;
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return text;
  } catch (error) {
    cause = error;
  }
  throw new MqttError(
    'INVALID_ARGUMENT',
    `JSON has no form for this ${typeof value}; send text, bytes, or a value of JSON`,
    {
      subject: 'data',
      cause,
    },
  );
}
