/** Bytes that may wait in a link before `write` says false. */
export const HIGH_WATER = 256 * 1024;
/** ms that an open link has to send what it was given and to part in order before it is cut off. */
export const LINGER = 1000;
