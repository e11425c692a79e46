import type { MqttMessage } from './message.js';
import { MqttError } from './errors.js';
import { utf8Decoder, utf8Encoder } from './platform.js';
import { kindOf, quoted, wordsOf } from './quoted.js';
import {
  type SchemaInput,
  type SchemaOutput,
  type StandardSchema,
  isPromiseLike,
  isSchema,
  validate,
} from './standard-schema.js';

/** Makes a value from a payload: the option `decode` of `topic$`. If it throws, the error is the cause of a `DECODE_FAILED`. */
export interface PayloadDecoder<T> {
  /**
   * Called once for each message, however many subscribers there are. It may return a promise: the stream emits its messages in the order
   * of their arrival all the same, and acknowledges none before it is decoded.
   *
   * @param payload - a view into a larger chunk: copy it (`slice()`) before you keep it.
   */
  readonly decode: (payload: Uint8Array, message: MqttMessage) => T | PromiseLike<T>;
}

/** Makes a payload from a value: the option `encode` of `publish()`. If it throws, the error is the cause of an `INVALID_ARGUMENT`. */
export interface PayloadEncoder<T> {
  /** Called when the observable of `publish()` is subscribed. */
  readonly encode: (value: T, topic: string) => string | Uint8Array | ArrayBuffer;
}

/**
 * Encodes and decodes. Streams of one filter share a route only if they use the same codec object. `In` is the type that it encodes, if that
 * is not `T`: a schema may turn text into a date, for example.
 */
export interface PayloadCodec<T, In = T> extends PayloadDecoder<T>, PayloadEncoder<In> {}

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
 * JSON whose value a schema validates: the schema of zod, valibot, arktype or another library with Standard Schema. `decode` gives the output
 * of the schema, and `DECODE_FAILED` with a {@link SchemaError} as `cause`. `encode` validates its value, and writes it as it is and not as
 * the schema would transform it, because the receiver does that.
 *
 * The schema may validate asynchronously when it decodes, but not when it encodes. Create such a codec once and use it everywhere, so that
 * streams can share a route.
 *
 * @throws MqttError `INVALID_ARGUMENT` if the argument is neither a schema nor a function.
 */
export function json<S extends StandardSchema>(schema: S): PayloadCodec<SchemaOutput<S>, SchemaInput<S>>;
/**
 * JSON. An empty payload is not JSON. Without an argument, this returns the same codec each time and does not check that the value is a
 * `T`. `decode` throws `DECODE_FAILED` with the topic; neither its message nor its cause contains the payload. An error that `check`
 * throws is not changed.
 *
 * @param check - validates the parsed value: returns it as a `T`, or a promise of it, or throws. Create such a codec once and use it
 *   everywhere, so that streams can share a route.
 */
export function json<T = unknown>(check?: (value: unknown) => T | PromiseLike<T>): PayloadCodec<T>;
export function json(check?: StandardSchema | ((value: unknown) => unknown)): PayloadCodec<unknown> {
  if (check === undefined) return plainJson;
  if (isSchema(check)) return withSchema(plainJson, check);
  if (typeof check !== 'function') throw notSchema('json()', check, 'a schema (Standard Schema) or a function');
  return Object.freeze({
    decode: (payload: Uint8Array, message: MqttMessage): unknown => check(plainJson.decode(payload, message)),
    encode: toJson,
  });
}

/**
 * Returns a codec whose values a schema validates, as `json(schema)` does: `withSchema(text, z.coerce.number())`.
 *
 * @param codec - encodes and decodes what the schema validates: `text`, `bytes`, or your own object.
 * @throws MqttError `INVALID_ARGUMENT` if an argument is not a codec or not a schema.
 */
export function withSchema<S extends StandardSchema>(
  codec: PayloadDecoder<unknown> & PayloadEncoder<SchemaInput<S>>,
  schema: S,
): PayloadCodec<SchemaOutput<S>, SchemaInput<S>> {
  if (typeof codec?.decode !== 'function' || typeof codec.encode !== 'function' || isSchema(codec))
    throw notSchema('withSchema()', codec, "an object with functions 'decode' and 'encode', such as text");
  if (!isSchema(schema)) throw notSchema('withSchema()', schema, 'a schema (Standard Schema)');
  return Object.freeze({
    decode: (payload: Uint8Array, message: MqttMessage) => {
      const value = codec.decode(payload, message);
      return isPromiseLike(value) ? value.then(awaited => validate(schema, awaited)) : validate(schema, value);
    },
    encode: (value: SchemaInput<S>, topic: string) => {
      if (isPromiseLike(ignoreRejection(validate(schema, value))))
        throw new TypeError('the schema validates asynchronously, but encode cannot wait: validate before publish()');
      return codec.encode(value, topic);
    },
  });
}

/** A validation that nobody waits for must not be an unhandled rejection. */
function ignoreRejection(result: unknown): unknown {
  if (isPromiseLike(result)) result.then(undefined, () => undefined);
  return result;
}

function notSchema(name: string, value: unknown, allowed: string): MqttError {
  return new MqttError('INVALID_ARGUMENT', `the argument of ${name} must be ${allowed}; got ${kindOf(value)}`, {
    subject: 'schema',
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
