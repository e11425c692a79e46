import { MqttError } from './errors.js';
import { quoted, wordsOf } from './quoted.js';

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
