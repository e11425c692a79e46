import { MqttError } from '../errors.js';

/** Bytes that may wait in a link before `write` returns false. */
export const HIGH_WATER = 256 * 1024;

/** ms; how long a link that is being closed may send what was written and close in order before it is destroyed. */
export const LINGER = 1000;

/** Returns the most bytes that a frame of a WebSocket may have. A frame may hold several packets. */
export const longestFrame = (maximumPacketSize = LONGEST_PACKET): number =>
  Math.max(LEAST_FRAME, 2 * maximumPacketSize);

/** Returns the error of a write to a link that is closing. Its `data$` reports why it closes. */
export const linkClosing = (): MqttError =>
  new MqttError('CONNECTION_CLOSED', 'the connection is closing and accepts nothing more', { retryable: true });

/** The longest packet of MQTT: the fixed header, and the largest remaining length (5.0 section 2.1.4). */
const LONGEST_PACKET = 5 + 268_435_455;
const LEAST_FRAME = 16 * 1024 * 1024;
