import { MqttError } from '../errors.js';
/** Bytes that may wait in a link before `write` says false. */
export const HIGH_WATER = 256 * 1024;
/** ms that an open link has to send what it was given and to part in order before it is cut off. */
export const LINGER = 1000;

/** The longest packet of MQTT: 4 bytes of length, and what they can announce. */
const LONGEST_PACKET = 5 + 268_435_455;
const LEAST_FRAME = 16 * 1024 * 1024;

/** Bytes that a frame of a WebSocket may have: it may hold several packets. */
export const longestFrame = (maximumPacketSize = LONGEST_PACKET): number =>
  Math.max(LEAST_FRAME, 2 * maximumPacketSize);

/** Of a write to a link that takes nothing any more. Why the link closes, its own end tells. */
export const closing = (): MqttError =>
  new MqttError('CONNECTION_CLOSED', 'the connection is closing and accepts nothing more', { retryable: true });
