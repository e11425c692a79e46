import type { Observable } from 'rxjs';
import { MqttMessage } from '../../message.js';
import type { PublishOptions } from '../../options/call-options.js';
import { type PayloadDecoder, decodeFailed } from '../../payload-codecs.js';
import type { PublishResult } from '../../results.js';
import type { ConnectionState } from '../../state.js';
import type { Topics } from '../topics/topics.js';

/** The streams of the client that requests and responders are built on. */
export interface RequestContext {
  readonly state$: Observable<ConnectionState>;
  readonly topics: Pick<Topics, 'topic$' | 'parseTemplate'>;
  readonly publisher: {
    publish(topic: string, payload: unknown, options: PublishOptions<never>): Observable<PublishResult>;
  };
}

/** Returns the request or reply with its `value`. Throws DECODE_FAILED. */
export function decodeMessage(message: MqttMessage, decode: PayloadDecoder<unknown> | undefined): MqttMessage {
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
