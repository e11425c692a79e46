import { MqttMessage } from '../../message.js';
import { MqttError } from '../../errors.js';
import { matches } from '../../protocol/topics/match.js';
import { type Template, parseTemplate } from '../../protocol/topics/template.js';
import type { RespondOptions } from '../../options/request-options.js';
import type { Observable } from 'rxjs';
import type { PublishOptions } from '../../options/call-options.js';
import type { PublishResult } from '../../results.js';
import type { ConnectionState } from '../../state.js';
import type { Topics } from '../topics/topics.js';
import { type PayloadDecoder, decodeFailed } from '../../payload-codecs.js';

/** Whether a reply may be published there: the topic is a requester's word. */
export type MayReplyTo = (topic: string, request: MqttMessage) => boolean;

const CONTROL = /[\x00-\x1f\x7f-\x9f]/;

/**
 * The option `replyTo` of a responder. By default no topic of the broker's own (`$...`), none with control characters (5.0 section
 * 1.5.4), and none that comes back to the responder as a request.
 */
export function replyTopics(replyTo: RespondOptions['replyTo'], own: readonly Template[]): MayReplyTo {
  if (typeof replyTo === 'function') {
    return (topic, request) => {
      try {
        return replyTo(topic, request);
      } catch (cause) {
        throw new MqttError('HANDLER_FAILED', "the option 'replyTo' of respond() threw", { subject: 'replyTo', cause });
      }
    };
  }
  if (replyTo !== undefined) {
    const filters = typeof replyTo === 'string' ? [replyTo] : replyTo;
    const patterns = filters.flatMap(filter => parseTemplate(filter).patterns);
    return topic => patterns.some(pattern => matches(pattern, topic));
  }
  const patterns = own.flatMap(template => template.patterns);
  return topic => !topic.startsWith('$') && !CONTROL.test(topic) && !patterns.some(pattern => matches(pattern, topic));
}

/** What both sides of an exchange are made of. */
export interface RequestContext {
  readonly state$: Observable<ConnectionState>;
  readonly topics: Pick<Topics, 'topic$' | 'template'>;
  readonly publisher: {
    publish(topic: string, payload: unknown, options: PublishOptions<never>): Observable<PublishResult>;
  };
}

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
