import { wire } from './support.js';

export const connect = { cmd: 'connect', clientId: 'id', clean: true, keepalive: 60 };
export const will = { topic: 'w', payload: wire("'p'"), qos: 1, retain: true };
export const publish = { cmd: 'publish', topic: 'a/b', payload: wire("'x'"), qos: 0, retain: false, dup: false };
/** User properties as they must go out, and their bytes. */
export const pairs = [
  ['b', '1'],
  ['a', '2'],
  ['b', ''],
  ['__proto__', '3'],
  ['1', '4'],
];
export const pairBytes =
  "26 0001 'b' 0001 '1' 26 0001 'a' 0001 '2' 26 0001 'b' 0000 26 0009 '__proto__' 0001 '3' 26 0001 '1' 0001 '4'";
