import type { MqttError, MqttErrorCode } from '../../errors.js';
import type { Verdict } from '../../options/reconnect-options.js';
import { isRetryable } from '../../protocol/reason-codes.js';

/** What the client can change before the next attempt. */
export interface Remedies {
  /** Whether the options have a `perAttempt`, which each attempt calls again. */
  readonly freshOptions: boolean;
  /** Whether the options have a `perAttempt` or an `authentication`: either can give other credentials to the next attempt. */
  readonly freshCredentials: boolean;
  /** Whether the client identifier was made by this library or by the broker, or the options allow to replace it. */
  readonly freshClientId: boolean;
  /** Whether the server has accepted the same credentials from this client before, and has not refused them too often since. */
  readonly acceptedBefore: boolean;
}

/** The errors that waiting does not help against, whatever `retryable` says. */
const permanentErrors: ReadonlySet<MqttErrorCode> = new Set([
  'INVALID_ARGUMENT',
  'NOT_SUPPORTED',
  'UNSUPPORTED_PROTOCOL_VERSION',
]);

/**
 * A broker that ends an accepted connection with one of these codes means something that it was sent. The client isolates that item when
 * connections end at it again (rules S93 and S110), so all other items may go on.
 */
const aboutAnItem: ReadonlySet<number> = new Set([0x87, 0x8f, 0x90, 0x95, 0x99, 0x9a, 0x9b, 0x9e, 0xa1, 0xa2]);

/** The next CONNECT would be the same, so the broker would refuse it with the same reason code. */
const permanentRefusals: ReadonlySet<number> = new Set([0x81, 0x82]);

/**
 * Returns the default verdict on a lost connection or failed attempt, by the code of its error and the reason code of CONNACK or
 * DISCONNECT.
 */
export function standardVerdict(error: MqttError, remedies: Remedies): Verdict {
  const { code, reasonCode } = error;
  if (permanentErrors.has(code)) return 'stop';
  if (code === 'SERVER_DISCONNECTED' && reasonCode === 0) return 'retry';
  const isFromBroker = code === 'CONNECTION_REFUSED' || code === 'SERVER_DISCONNECTED';
  if (!isFromBroker || reasonCode === undefined) return error.retryable ? 'retry' : 'stop';

  switch (reasonCode) {
    case 0x85:
      return remedies.freshClientId ? 'newClientId' : 'stop';
    case 0x86:
    case 0x87:
      if (remedies.freshCredentials) return 'refreshOptions';
      if (code === 'SERVER_DISCONNECTED') return aboutAnItem.has(reasonCode) ? 'retry' : 'stop';
      return remedies.acceptedBefore ? 'retry' : 'stop';
    case 0x8c:
      return remedies.freshOptions ? 'refreshOptions' : 'stop';
    case 0x9c:
    case 0x9d:
      return 'redirect';
    default:
      if (code === 'CONNECTION_REFUSED' && permanentRefusals.has(reasonCode)) return 'stop';
      if (code === 'SERVER_DISCONNECTED' && aboutAnItem.has(reasonCode)) return 'retry';
      return isRetryable(reasonCode) ? 'retry' : 'stop';
  }
}
