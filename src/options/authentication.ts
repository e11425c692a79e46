import type { Observable, ObservableInput } from 'rxjs';
import type { UserProperties } from '../message.js';

/** Enhanced authentication (5.0 section 4.12): the name of a method, and the client's side of its exchange. */
export interface Authentication {
  /** The name of the method as the broker knows it, such as `SCRAM-SHA-256`. */
  method: string;
  /**
   * The client's side of the exchange. Called for each authentication: once for each connection, and for each `reauthenticate()`.
   *
   * `challenge$` emits what the broker sends. The last challenge has `final: true`; then `challenge$` completes. Return what the client
   * sends; text is sent as UTF-8. CONNECT, or the first AUTH of a re-authentication, waits for the first value and carries it. Each
   * further value answers one challenge. If one value is enough, return a promise.
   *
   * The authentication succeeds when the broker has accepted the client and the returned stream completes. The connection ends with
   * `AUTHENTICATION_FAILED` if the stream errors, emits a value without a challenge, or completes while the broker waits for an answer.
   */
  exchange: (
    challenge$: Observable<AuthenticationChallenge>,
    context: AuthenticationContext,
  ) => ObservableInput<Uint8Array | string>;
  /** The broker sends the first data: CONNECT names only the method and does not wait for a value. Default false. */
  serverFirst?: boolean;
}

/** What the broker sends in an authentication: an AUTH, or the CONNACK or AUTH that accepts the client. */
export interface AuthenticationChallenge {
  /** The Authentication Data; empty if the broker sent none. */
  readonly data: Uint8Array;
  /** The broker has accepted the client and expects no answer. Its last data may prove its own identity. */
  readonly final: boolean;
  readonly reasonString?: string;
  readonly userProperties?: UserProperties;
}

/** The connection that is authenticated. */
export interface AuthenticationContext {
  /** False while a connection is established, true for `reauthenticate()`. */
  readonly reauthentication: boolean;
  /** The server, without credentials and query. */
  readonly url: string;
  /** The client identifier of CONNECT; empty if the broker assigns one. */
  readonly clientId: string;
}
