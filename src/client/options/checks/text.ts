import { kindOf, mayHoldUserInfo } from '../../../quoted.js';
import { MqttError } from '../../../errors.js';
import { assertTopicName } from '../../../protocol/topics/validate.js';
import { isWellFormed, utf8ByteLength } from '../../../protocol/utf8.js';
import { fitting, UINT16 } from './scalars.js';
import { type Check, type Problem, expected, refusal } from './problem.js';

/** Checks a UTF-8 Encoded String (5.0 section 1.5.4). Messages do not show it, because it may be a user name. */
export const text: Check = value => {
  if (typeof value !== 'string') return expected('a string', kindOf(value));
  if (value.length > UINT16) return fitting(value.length);
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code === 0 || code > 0x7f) return uncommonText(value);
  }
  return undefined;
};

/** Checks a topic, which has no wildcards. */
export const topicName: Check = value => {
  try {
    assertTopicName(value);
    return undefined;
  } catch (error) {
    if (!MqttError.is(error)) throw error;
    const mayBeSecret = typeof value === 'string' && mayHoldUserInfo(value);
    return refusal(
      `is not a topic to publish to: ${mayBeSecret ? 'it is not shown, because with its @ it could be a URL' : error.message}`,
    );
  }
};

/** Checks that text has no lone surrogates, which UTF-8 cannot encode. */
export function wellFormed(value: string): Problem | undefined {
  return isWellFormed(value) ? undefined : expected('well-formed text', 'text with a lone surrogate');
}

function uncommonText(value: string): Problem | undefined {
  if (value.includes('\0')) return expected('text without U+0000', 'text with it');
  return wellFormed(value) ?? fitting(utf8ByteLength(value));
}
