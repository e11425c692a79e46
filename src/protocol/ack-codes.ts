import { MqttError } from '../errors.js';

/** Implementation specific error. */
export const REJECTED = 0x83;

/** With which a PUBACK or PUBREC may refuse (5.0 sections 3.4.2.1 and 3.5.2.1). */
const REFUSALS = [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];

const hex = (code: number) => `0x${code.toString(16)}`;

export function assertRefusal(reasonCode: number): void {
  if (REFUSALS.includes(reasonCode)) return;
  const given = Number.isInteger(reasonCode) && reasonCode >= 0 ? hex(reasonCode) : typeof reasonCode;
  throw new MqttError(
    'INVALID_ARGUMENT',
    `the reason code of a refusal must be one of ${REFUSALS.map(hex).join(', ')}, not ${given}`,
    { subject: 'reasonCode' },
  );
}
