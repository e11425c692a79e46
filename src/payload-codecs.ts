import type { MqttMessage } from './message.js';
import { MqttError } from './errors.js';
import { utf8Decoder, utf8Encoder } from './platform.js';
import { quoted, wordsOf } from './quoted.js';

/** Makes a value from a payload: the option `decode` of `topic$`. If it throws, the error is the cause of a `DECODE_FAILED`. */
export interface PayloadDecoder<T> {
  /**
   * Called once for each message, however many subscribers there are.
   *
   * @param payload - a view into a larger chunk: copy it (`slice()`) before you keep it.
   */
  readonly decode: (payload: Uint8Array, message: MqttMessage) => T;
}

/** Makes a payload from a value: the option `encode` of `publish()`. If it throws, the error is the cause of an `INVALID_ARGUMENT`. */
export interface PayloadEncoder<T> {
  /** Called when the observable of `publish()` is subscribed. */
  readonly encode: (value: T, topic: string) => string | Uint8Array | ArrayBuffer;
}

/** Encodes and decodes. Streams of one filter share a route only if they use the same codec object. */
export interface PayloadCodec<T> extends PayloadDecoder<T>, PayloadEncoder<T> {}

// Unlike message.text(), a codec can throw for bytes that are not UTF-8, so it replaces nothing silently.
const utf8 = /* @__PURE__ */ utf8Decoder({ fatal: true });
const encoder = /* @__PURE__ */ utf8Encoder();

/** UTF-8 text. `decode` throws for bytes that are not UTF-8. */
export const text: PayloadCodec<string> = Object.freeze({
  decode: (payload: Uint8Array) => utf8.decode(payload),
  encode: (value: string) => encoder.encode(value),
});

/** The bytes as they are. `decode` copies them, so you can keep them. */
export const bytes: PayloadCodec<Uint8Array> = Object.freeze({
  decode: (payload: Uint8Array) => payload.slice(),
  encode: (value: Uint8Array) => value,
});

const plainJson: PayloadCodec<unknown> = Object.freeze({
  decode: (payload: Uint8Array, message?: MqttMessage): unknown => {
    let text: string;
    try {
      text = utf8.decode(payload);
    } catch (cause) {
      throw decodeFailed(message?.topic, cause);
    }
    return parseJson(text, message?.topic);
  },
  encode: toJson,
});

/**
 * JSON. An empty payload is not JSON. Without an argument, this returns the same codec each time and does not check that the value is a
 * `T`. `decode` throws `DECODE_FAILED` with the topic; neither its message nor its cause contains the payload. An error that `check`
 * throws is not changed.
 *
 * @param check - validates the parsed value: returns it as a `T`, or throws (`json(schema.parse)`). Create such a codec once and use it
 *   everywhere, so that streams can share a route.
 */
export function json<T = unknown>(check?: (value: unknown) => T): PayloadCodec<T> {
  if (check === undefined) return plainJson as PayloadCodec<T>;
  return Object.freeze({
    decode: (payload: Uint8Array, message: MqttMessage): T => check(plainJson.decode(payload, message)),
    encode: toJson,
  });
}

function toJson(value: unknown): Uint8Array {
  const written = JSON.stringify(value) as string | undefined;
  // An empty payload instead of an error would delete the retained message of the topic.
  if (written === undefined)
    throw new TypeError(`JSON has no form for ${value === undefined ? 'undefined' : typeof value}`);
  return encoder.encode(written);
}

/** The end of a message of V8 that does not quote the text. */
const POSITION = / in JSON at position (\d{1,9})(?: \(line \d{1,9} column \d{1,9}\))?$/;

/**
 * Parses JSON and throws `DECODE_FAILED` for text that is not JSON. The messages of engines quote the payload, which may be secret, so
 * only the position is kept.
 */
export function parseJson(text: string, topic: string | undefined): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const [, position] = POSITION.exec((error as Error).message.slice(-80)) ?? [];
    const why =
      text === ''
        ? 'it is empty'
        : position === undefined
          ? 'it is not JSON'
          : `it is not JSON from character ${position} on`;
    throw decodeFailed(topic, new SyntaxError(why));
  }
}

/** Returns the error for a payload that could not be decoded: `cause` itself, if it is a `DECODE_FAILED` already. */
export function decodeFailed(topic: string | undefined, cause: unknown): MqttError {
  if (MqttError.is(cause, 'DECODE_FAILED')) return cause;
  const which = topic === undefined ? 'a message' : `the message of ${quoted(topic)}`;
  return new MqttError('DECODE_FAILED', `cannot decode ${which}: ${wordsOf(cause)}`, { subject: topic, cause });
}
