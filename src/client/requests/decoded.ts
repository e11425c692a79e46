import { MqttMessage } from '../../message.js';
import type { PayloadDecoder } from '../../payload-codecs.js';
import { decodeFailed } from '../../parse-json.js';

/** The message with its `value`. Throws DECODE_FAILED. */
export function decoded(message: MqttMessage, decode: PayloadDecoder<unknown> | undefined): MqttMessage {
  if (decode === undefined) return message;
  const { topic, payload, qos, retain, dup, packetId, properties, params } = message;
  let value: unknown;
  try {
    value = decode.decode(payload, message);
  } catch (cause) {
    throw decodeFailed(topic, cause);
  }
  return new MqttMessage(topic, payload, qos, retain, dup, packetId, properties, params, value);
}
