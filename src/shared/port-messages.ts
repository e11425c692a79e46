import { MqttError } from '../errors.js';
import { wordsOf } from '../quoted.js';
import type { ConnectionState } from '../state.js';
import type { MqttWarning } from '../warnings.js';

/** The version of the messages below. Both sides must have the same. */
export const PORT_VERSION = 1;

/** The name of the user property of SUBSCRIBE by which a tab says that its program acknowledges the messages. It does not reach the broker. */
export const MANUAL_ACK = 'rxjs-mqtt-manual-ack';

/** What a tab posts: the bytes of MQTT 5.0 packets, and what MQTT has no packets for. */
export type TabMessage =
  | Uint8Array
  /** Asks for a link: the bytes that follow belong to it. Links are numbered from 1 by the tab. */
  | { readonly type: 'open'; readonly link: number; readonly version: number }
  /** The tab has ended its link. */
  | { readonly type: 'end'; readonly link: number }
  /** So many further bytes of the link were read. */
  | { readonly type: 'read'; readonly link: number; readonly bytes: number }
  /** The tab answers `ping`: it runs, and is not frozen. */
  | { readonly type: 'pong' }
  /** Calls a method of the shared client. */
  | { readonly type: 'call'; readonly call: number; readonly method: SharedMethod };

/** What the owner of the shared client posts. */
export type HostMessage =
  | Uint8Array
  /** The tab can send CONNECT on this link. */
  | { readonly type: 'opened'; readonly link: number }
  /** There is no such link, or no longer. `isFinal`: the shared client is closed. */
  | { readonly type: 'lost'; readonly link: number; readonly error: PlainError; readonly isFinal: boolean }
  | { readonly type: 'read'; readonly link: number; readonly bytes: number }
  /** The state of the connection to the broker. */
  | { readonly type: 'state'; readonly state: PlainState }
  /** Asks for a sign of life, which a page that the browser has frozen does not give. */
  | { readonly type: 'ping' }
  | { readonly type: 'warning'; readonly warning: PlainWarning }
  | { readonly type: 'answer'; readonly call: number; readonly error?: PlainError }
  /** The owner closes this port. */
  | { readonly type: 'closed' };

/** The names of user properties of PUBACK and PUBREC, by which a tab learns how the shared client has failed. */
export const ERROR_CODE = 'rxjs-mqtt-code';
export const DELIVERY = 'rxjs-mqtt-delivery';

/** The methods that a tab can call on the shared client. */
export type SharedMethod = 'reconnect' | 'reauthenticate';

/** An MqttError as plain data. */
export type PlainError = Pick<
  MqttError,
  'code' | 'message' | 'retryable' | 'reasonCode' | 'reasonString' | 'phase' | 'subject' | 'serverReference'
>;

/** What a tab shows of the connection to the broker while it has a link. */
export type PlainState =
  | Extract<ConnectionState, { status: 'connecting' | 'connected' }>
  | (Omit<Reconnecting, 'error'> & { readonly error: PlainError });

type Reconnecting = Extract<ConnectionState, { status: 'reconnecting' }>;

/** A warning whose errors are plain data. */
export interface PlainWarning {
  readonly values: Readonly<Record<string, unknown>>;
  readonly errors: Readonly<Record<string, PlainError>>;
}

/** Returns an error as plain data, without its cause, which may hold what cannot be cloned. */
export function toPlainError(error: MqttError): PlainError {
  const { code, message, retryable, reasonCode, reasonString, phase, subject, serverReference } = error;
  const known = { reasonCode, reasonString, phase, subject, serverReference };
  const defined = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
  return { code, message, retryable, ...defined };
}

export const fromPlainError = ({ code, message, ...info }: PlainError): MqttError => new MqttError(code, message, info);

/** Returns a state as plain data; undefined for one that is on the way to another. */
export function toPlainState(state: ConnectionState): PlainState | undefined {
  if (state.status === 'connecting' || state.status === 'connected') return state;
  return state.status === 'reconnecting' ? { ...state, error: toPlainError(state.error) } : undefined;
}

export function fromPlainState(state: PlainState): ConnectionState {
  return state.status === 'reconnecting' ? { ...state, error: fromPlainError(state.error) } : state;
}

/** Returns a warning as plain data. What a hook has thrown becomes text. */
export function toPlainWarning(warning: MqttWarning): PlainWarning {
  const values: Record<string, unknown> = {};
  const errors: Record<string, PlainError> = {};
  for (const [key, value] of Object.entries<unknown>(warning)) {
    if (MqttError.is(value)) errors[key] = toPlainError(value);
    else values[key] = value instanceof Error ? wordsOf(value) : value;
  }
  return { values, errors };
}

export function fromPlainWarning({ values, errors }: PlainWarning): MqttWarning {
  const entries = Object.entries(errors).map(([key, error]) => [key, fromPlainError(error)]);
  return { ...values, ...Object.fromEntries(entries) } as MqttWarning;
}
