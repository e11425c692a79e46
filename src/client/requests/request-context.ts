import { type Observable, catchError, defer, map, of, throwError } from 'rxjs';
import { MqttMessage } from '../../message.js';
import type { PublishOptions } from '../../options/call-options.js';
import { type PayloadDecoder, decodeFailed } from '../../payload-codecs.js';
import type { PublishResult } from '../../results.js';
import { isPromiseLike } from '../../standard-schema.js';
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

/** Emits the request or reply with its `value`, synchronously unless `decode` returns a promise. Errors with DECODE_FAILED. */
export function decodeMessage$(
  message: MqttMessage,
  decode: PayloadDecoder<unknown> | undefined,
): Observable<MqttMessage> {
  if (decode === undefined) return of(message);
  const { topic, payload, qos, retain, dup, packetId, properties, params } = message;
  return defer(() => {
    const decoded = decode.decode(payload, message);
    return isPromiseLike(decoded) ? decoded : of(decoded);
  }).pipe(
    map(value => new MqttMessage(topic, payload, qos, retain, dup, packetId, properties, params, value)),
    catchError((cause: unknown) => throwError(() => decodeFailed(topic, cause))),
  );
}
