import { mayHoldUserInfo } from '../../../quoted.js';
import { MqttError } from '../../../errors.js';
import { assertTopicName } from '../../../protocol/topics/validate.js';
import { isWellFormed, utf8ByteLength } from '../../../protocol/utf8.js';
import { fitting, UINT16 } from './scalars.js';
import { kindOf } from './describe.js';
import { type Check, type Problem, expected, refusal } from './problem.js';

/** A string that MQTT can carry. The messages tell nothing of its value: it may be a user name. */
export const text: Check = value => {
  if (typeof value !== 'string') return expected('a string', kindOf(value));
  if (value.length > UINT16) return fitting(value.length);
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code === 0 || code > 0x7f) return uncommonText(value);
  }
  return undefined;
};

/** A topic without wildcards. */
export const topicName: Check = value => {
  try {
    assertTopicName(value);
    return undefined;
  } catch (error) {
    if (!MqttError.is(error)) throw error;
    const isSecretive = typeof value === 'string' && mayHoldUserInfo(value);
    return refusal(
      `is not a topic to publish to: ${isSecretive ? 'it is not shown, since its @ makes it look like a URL' : error.message}`,
    );
  }
};

/** Whether UTF-8 can say it. */
export function wellFormed(value: string): Problem | undefined {
  return isWellFormed(value) ? undefined : expected('well-formed text', 'half a surrogate pair');
}

function uncommonText(value: string): Problem | undefined {
  if (value.includes('\0')) return expected('text without U+0000', 'text with it');
  return wellFormed(value) ?? fitting(utf8ByteLength(value));
}
