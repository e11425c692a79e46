import { MqttError } from '../errors.js';
import type { Payload } from '../message.js';
import type { PayloadEncoder } from '../payload-codecs.js';
import { NO_BYTES, isArrayBuffer, isBytes } from '../protocol/bytes.js';
import { encodeUtf8 } from '../protocol/utf8.js';
import { kindOf, quoted, wordsOf } from '../quoted.js';

/** Returns the payload of what `publish()` was given, as bytes. Throws `INVALID_ARGUMENT` for what cannot be a payload. */
export function encodePayload(value: unknown, encode: PayloadEncoder<never> | undefined, topic: string): Uint8Array {
  if (encode === undefined) return toBytes(value as Payload);
  let payload: Payload;
  try {
    payload = encode.encode(value as never, topic);
  } catch (cause) {
    throw new MqttError('INVALID_ARGUMENT', `cannot encode the payload for ${quoted(topic)}: ${wordsOf(cause)}`, {
      subject: 'payload',
      cause,
    });
  }
  return toBytes(payload);
}

export function toBytes(payload: Payload): Uint8Array {
  if (typeof payload === 'string') return encodeUtf8(payload);
  if (isBytes(payload)) return payload;
  if (payload === undefined) return NO_BYTES;
  if (isArrayBuffer(payload)) return new Uint8Array(payload);
  throw new MqttError(
    'INVALID_ARGUMENT',
    `a payload must be a string, a Uint8Array or an ArrayBuffer, not ${kindOf(payload)}; ` +
      "option 'encode', such as json(), encodes other values",
    { subject: 'payload' },
  );
}
