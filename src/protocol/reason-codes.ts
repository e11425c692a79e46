import { MqttError } from '../errors.js';
import { hex } from '../quoted.js';

/** The reason codes of MQTT 5.0 (section 2.4), with their names and whether the same request can succeed later without a change. */
const table: Readonly<Record<number, readonly [name: string, retryable: boolean]>> = {
  0x00: ['success', false],
  0x04: ['disconnect with will message', false],
  0x10: ['no matching subscribers', false],
  0x11: ['no subscription existed', false],
  0x18: ['continue authentication', false],
  0x19: ['re-authenticate', false],
  0x80: ['unspecified error', true],
  0x81: ['malformed packet', true],
  0x82: ['protocol error', true],
  0x83: ['implementation specific error', true],
  0x84: ['unsupported protocol version', false],
  0x85: ['client identifier not valid', false],
  0x86: ['bad user name or password', false],
  0x87: ['not authorized', false],
  0x88: ['server unavailable', true],
  0x89: ['server busy', true],
  0x8a: ['banned', false],
  0x8b: ['server shutting down', true],
  0x8c: ['bad authentication method', false],
  0x8d: ['keep alive timeout', true],
  0x8e: ['session taken over', false],
  0x8f: ['topic filter invalid', false],
  0x90: ['topic name invalid', false],
  0x91: ['packet identifier in use', true],
  0x92: ['packet identifier not found', false],
  0x93: ['receive maximum exceeded', true],
  0x94: ['topic alias invalid', true],
  0x95: ['packet too large', false],
  0x96: ['message rate too high', true],
  0x97: ['quota exceeded', true],
  0x98: ['administrative action', true],
  0x99: ['payload format invalid', false],
  0x9a: ['retain not supported', false],
  0x9b: ['QoS not supported', false],
  0x9c: ['use another server', true],
  0x9d: ['server moved', false],
  0x9e: ['shared subscriptions not supported', false],
  0x9f: ['connection rate exceeded', true],
  0xa0: ['maximum connect time', true],
  0xa1: ['subscription identifiers not supported', false],
  0xa2: ['wildcard subscriptions not supported', false],
};

/** Reason codes from this value on are failures (5.0 section 2.4). */
export const FAILURE = 0x80;

export const isFailure = (reasonCode: number | undefined): boolean => reasonCode !== undefined && reasonCode >= FAILURE;

/** Returns a reason code with its name, as in `0x87 not authorized`. */
export function describeReason(reasonCode: number): string {
  const name = table[reasonCode]?.[0];
  return name === undefined ? hex(reasonCode) : `${hex(reasonCode)} ${name}`;
}

export const isRetryable = (reasonCode: number): boolean => table[reasonCode]?.[1] ?? true;

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
