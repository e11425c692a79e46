import type { MqttError, MqttErrorCode } from '../errors.js';
import type { Verdict } from '../options/reconnect-options.js';
import { isRetryable } from '../protocol/reason-codes.js';

/** What the client could still do about it. */
export interface Remedies {
  /** There is a `perAttempt` to be asked anew. */
  readonly freshOptions: boolean;
  /** There is that, or an `authentication`, which is asked anew each time. */
  readonly freshCredentials: boolean;
  /** The client id in use was made up by this library, or by the broker on its behalf; or the user lets it be replaced. */
  readonly freshClientId: boolean;
  /** The server has accepted the same credentials before in the life of this client, and has not refused them too often since. */
  readonly acceptedBefore: boolean;
}

/** What no waiting mends, whatever `retryable` says. */
const hopeless: ReadonlySet<MqttErrorCode> = new Set([
  'INVALID_ARGUMENT',
  'NOT_SUPPORTED',
  'UNSUPPORTED_PROTOCOL_VERSION',
]);

/**
 * A broker that ends an accepted connection with one of these codes means something that it was sent. The client isolates that item when
 * connections end at it again (rules S93 and S110), so all other items may go on.
 */
const aboutAnItem: ReadonlySet<number> = new Set([0x87, 0x8f, 0x90, 0x95, 0x99, 0x9a, 0x9b, 0x9e, 0xa1, 0xa2]);

/** What the broker says of our CONNECT holds for the next one too, as that is the same. */
const hopelessConnect: ReadonlySet<number> = new Set([0x81, 0x82]);

/** The standard verdict on a lost connection or failed attempt, by its code, and by the reason code of a CONNACK or DISCONNECT. Pure. */
export function standardVerdict(error: MqttError, remedies: Remedies): Verdict {
  const { code, reasonCode } = error;
  if (hopeless.has(code)) return 'stop';
  if (code === 'SERVER_DISCONNECTED' && reasonCode === 0) return 'retry';
  const isBrokersWord = code === 'CONNECTION_REFUSED' || code === 'SERVER_DISCONNECTED';
  if (!isBrokersWord || reasonCode === undefined) return error.retryable ? 'retry' : 'stop';

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
      if (code === 'CONNECTION_REFUSED' && hopelessConnect.has(reasonCode)) return 'stop';
      if (code === 'SERVER_DISCONNECTED' && aboutAnItem.has(reasonCode)) return 'retry';
      return isRetryable(reasonCode) ? 'retry' : 'stop';
  }
}
