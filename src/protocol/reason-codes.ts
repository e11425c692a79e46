import { MqttError } from '../errors.js';
import { hex, piece } from '../quoted.js';

/** The names of the reason codes of MQTT 5.0 (section 2.4). */
const names: Readonly<Record<number, string>> = {
  0x00: 'success',
  0x04: 'disconnect with will message',
  0x10: 'no matching subscribers',
  0x11: 'no subscription existed',
  0x18: 'continue authentication',
  0x19: 're-authenticate',
  0x80: 'unspecified error',
  0x81: 'malformed packet',
  0x82: 'protocol error',
  0x83: 'implementation specific error',
  0x84: 'unsupported protocol version',
  0x85: 'client identifier not valid',
  0x86: 'bad user name or password',
  0x87: 'not authorized',
  0x88: 'server unavailable',
  0x89: 'server busy',
  0x8a: 'banned',
  0x8b: 'server shutting down',
  0x8c: 'bad authentication method',
  0x8d: 'keep alive timeout',
  0x8e: 'session taken over',
  0x8f: 'topic filter invalid',
  0x90: 'topic name invalid',
  0x91: 'packet identifier in use',
  0x92: 'packet identifier not found',
  0x93: 'receive maximum exceeded',
  0x94: 'topic alias invalid',
  0x95: 'packet too large',
  0x96: 'message rate too high',
  0x97: 'quota exceeded',
  0x98: 'administrative action',
  0x99: 'payload format invalid',
  0x9a: 'retain not supported',
  0x9b: 'QoS not supported',
  0x9c: 'use another server',
  0x9d: 'server moved',
  0x9e: 'shared subscriptions not supported',
  0x9f: 'connection rate exceeded',
  0xa0: 'maximum connect time',
  0xa1: 'subscription identifiers not supported',
  0xa2: 'wildcard subscriptions not supported',
};

/** The reason codes after which the same request cannot succeed later without a change. */
const permanent = [
  0x00, 0x04, 0x10, 0x11, 0x18, 0x19, 0x84, 0x85, 0x86, 0x87, 0x8a, 0x8c, 0x8e, 0x8f, 0x90, 0x92, 0x95, 0x99, 0x9a,
  0x9b, 0x9d, 0x9e, 0xa1, 0xa2,
];

/** Reason codes from this value on are failures (5.0 section 2.4). */
export const FAILURE = 0x80;

export const isFailure = (reasonCode: number | undefined): boolean => reasonCode !== undefined && reasonCode >= FAILURE;

/** Returns a reason code with its name, as in `0x87 not authorized`, and the words of the broker in brackets. */
export function describeReason(reasonCode: number, reasonString?: string): string {
  const name = names[reasonCode];
  const code = name === undefined ? hex(reasonCode) : `${hex(reasonCode)} ${name}`;
  return reasonString === undefined ? code : `${code} (${piece(reasonString)})`;
}

export const isRetryable = (reasonCode: number): boolean => !permanent.includes(reasonCode);

/** The default reason code of a rejected message: implementation specific error. */
export const REJECTED = 0x83;

/** The reason codes with which PUBACK or PUBREC may refuse a message (5.0 sections 3.4.2.1 and 3.5.2.1). */
const REFUSALS = [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];

/** Throws INVALID_ARGUMENT unless PUBACK and PUBREC may have the reason code. */
export function assertRefusal(reasonCode: number): void {
  if (REFUSALS.includes(reasonCode)) return;
  const given = Number.isInteger(reasonCode) && reasonCode >= 0 ? hex(reasonCode) : typeof reasonCode;
  throw new MqttError(
    'INVALID_ARGUMENT',
    `the reason code of a refusal must be one of ${REFUSALS.map(hex).join(', ')}, not ${given}`,
    { subject: 'reasonCode' },
  );
}
