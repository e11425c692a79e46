import { MqttError } from './library.js';

/** Describes an error: the code, which docs/errors.md explains, and the message. */
export const inWords = (error: unknown): string =>
  MqttError.is(error) ? `${error.code}: ${error.message}` : String(error);
