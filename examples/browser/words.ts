import { MqttError } from './library.js';

/** An error in words: the code to look up in docs/errors.md, and what has happened. */
export const inWords = (error: unknown): string =>
  MqttError.is(error) ? `${error.code}: ${error.message}` : String(error);
