import type { MqttMessage } from '../../message.js';
import { MqttError } from '../../errors.js';
import { matches } from '../../protocol/topics/match.js';
import { type Template, parseTemplate } from '../../protocol/topics/template.js';
import type { RespondOptions } from '../../request-options.js';

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
