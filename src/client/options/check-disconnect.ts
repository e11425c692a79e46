import type { DisconnectOptions } from '../../options/call-options.js';
import type { DisconnectPacket } from '../../packets.js';
import { hex, kindOf } from '../../quoted.js';
import { inside, refusal, refuse } from './checks/problem.js';
import { userProperties } from './checks/properties.js';
import { type Schema, record } from './checks/record.js';
import { UINT32, boolean, duration, integer, passing, unchecked } from './checks/scalars.js';
import { text } from './checks/text.js';

/** The reason codes of DISCONNECT that a client may send (5.0 section 3.14.2.1). */
const REASONS = [0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99];

const reasonCode = passing(
  `a reason code that a client may send with DISCONNECT (${REASONS.map(hex).join(', ')})`,
  value => REASONS.includes(value as number),
  value => (typeof value === 'number' && Number.isInteger(value) && value >= 0 ? hex(value) : kindOf(value)),
);

const withoutWill = refusal(
  "cannot be 0 with 'will', because 0 tells the broker to discard the will: leave it out, or set 0x04",
);

const disconnectOptions = record({
  drain: duration,
  will: boolean,
  reasonCode,
  sessionExpiry: integer(0, UINT32),
  properties: record({
    reasonString: text,
    userProperties,
    sessionExpiryInterval: "cannot be set here: set option 'sessionExpiry' of disconnect()",
    serverReference: 'cannot be set: only a broker sends it',
  } satisfies Schema<NonNullable<DisconnectPacket['properties']>>),
  signal: unchecked,
} satisfies Schema<DisconnectOptions>);

/** Throws INVALID_ARGUMENT with the key path as subject. */
export function checkDisconnectOptions(options: unknown): asserts options is DisconnectOptions {
  refuse(disconnectOptions(options), 'disconnect option');
  const { will, reasonCode: code } = options as DisconnectOptions;
  if (will === true && code === 0) refuse(inside('reasonCode', withoutWill), 'disconnect option');
}
