import { type Observable, catchError, defer, map, of, throwError } from 'rxjs';
import { MqttMessage } from '../../message.js';
import { type PayloadDecoder, decodeFailed } from '../../payload-codecs.js';
import { isPromiseLike } from '../../standard-schema.js';

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
