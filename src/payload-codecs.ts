import type { MqttMessage } from './message.js';
import { utf8Decoder, utf8Encoder } from './platform.js';
import { MqttError } from './errors.js';
import { quoted, wordsOf } from './quoted.js';

/** Makes a value of a payload: the option `decode` of `topic$`. What it throws is `DECODE_FAILED`. */
export interface PayloadDecoder<T> {
  /**
   * Called once a message, whatever the number of subscribers.
   *
   * @param payload - a view into a larger chunk: copy it (`slice()`) before keeping it.
   */
  readonly decode: (payload: Uint8Array, message: MqttMessage) => T;
}

/** Makes a payload of a value: the option `encode` of `publish`. What it throws is the cause of an `INVALID_ARGUMENT`. */
export interface PayloadEncoder<T> {
  /** Called when the publish is subscribed. */
  readonly encode: (value: T, topic: string) => string | Uint8Array | ArrayBuffer;
}

/** Both ways. Streams of one filter share a subscription's route when they use the same codec object. */
export interface PayloadCodec<T> extends PayloadDecoder<T>, PayloadEncoder<T> {}

// unlike message.text(): there is a way to say that bytes are no UTF-8, so nothing is replaced in silence
const utf8 = /* @__PURE__ */ utf8Decoder({ fatal: true });
const encoder = /* @__PURE__ */ utf8Encoder();

/** UTF-8 text. Bytes that are no UTF-8 cannot be decoded. */
export const text: PayloadCodec<string> = Object.freeze({
  decode: (payload: Uint8Array) => utf8.decode(payload),
  encode: (value: string) => encoder.encode(value),
});

/** The bytes, in a copy of their own: they can be kept. */
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
 * JSON. Without an argument it is always the same codec, and `T` is taken on trust. An empty payload is no JSON. `decode` throws
 * `DECODE_FAILED` with the topic; neither its message nor its cause quotes the payload. What `check` throws stays as it is.
 *
 * @param check - makes sure of what was parsed: returns it as a `T`, or throws (`json(schema.parse)`). Make such a codec once and
 *   use it everywhere, so that streams can share a route.
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
  // not an empty payload: that would delete what a broker has retained
  if (written === undefined)
    throw new TypeError(`JSON has no form for ${value === undefined ? 'undefined' : typeof value}`);
  return encoder.encode(written);
}

/** How V8 ends its message where it does not quote the text. */
const POSITION = / in JSON at position (\d{1,9})(?: \(line \d{1,9} column \d{1,9}\))?$/;

/** Throws `DECODE_FAILED` for what is no JSON. What engines say of it quotes the payload, which may be anything: only the place is kept. */
export function parseJson(text: string, topic: string | undefined): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const [, at] = POSITION.exec((error as Error).message.slice(-80)) ?? [];
    const why =
      text === '' ? 'it is empty' : at === undefined ? 'it is no JSON' : `it is no JSON from character ${at} on`;
    throw decodeFailed(topic, new SyntaxError(why));
  }
}

/** The payload of a message could not be decoded. An error that says so already stays the same. */
export function decodeFailed(topic: string | undefined, cause: unknown): MqttError {
  if (MqttError.is(cause, 'DECODE_FAILED')) return cause;
  const which = topic === undefined ? 'a message' : `the message of ${quoted(topic)}`;
  return new MqttError('DECODE_FAILED', `cannot decode ${which}: ${wordsOf(cause)}`, { subject: topic, cause });
}
