import type { Observable, ObservableInput } from 'rxjs';
import type { UserProperties } from '../message.js';

/** Enhanced authentication, 5.0 section 4.12: the name of a method, and our half of its conversation. */
export interface Authentication {
  /** As the broker knows it, such as `SCRAM-SHA-256`. */
  method: string;
  /**
   * Our half. Called anew for every authentication: each connection, and each `reauthenticate()`.
   *
   * In: what the broker says; the last challenge has `final`, then it completes. Out: what we say, text as UTF-8. The first value
   * goes into CONNECT (or the AUTH that begins anew), which waits for it; each further one answers one challenge. A promise does
   * where one value is all.
   *
   * The broker is accepted when it has accepted us and this completes. An error refuses it: the connection ends with
   * `AUTHENTICATION_FAILED`. So does a value that nothing asked for, and completing while the broker wants an answer.
   */
  exchange: (
    challenge$: Observable<AuthenticationChallenge>,
    context: AuthenticationContext,
  ) => ObservableInput<Uint8Array | string>;
  /** The broker speaks first: CONNECT names the method alone and waits for nothing. Default false. */
  serverFirst?: boolean;
}

/** What the broker says in an authentication: an AUTH, or the CONNACK or AUTH that accepts us. */
export interface AuthenticationChallenge {
  /** Empty where it sent none. */
  readonly data: Uint8Array;
  /** The broker has accepted us; nothing is to be answered. What it says last may be its own proof. */
  readonly final: boolean;
  readonly reasonString?: string;
  readonly userProperties?: UserProperties;
}

/** What an authentication is for. */
export interface AuthenticationContext {
  /** False in the handshake of a connection, true for `reauthenticate()`. */
  readonly reauthentication: boolean;
  /** The server, without credentials and query. */
  readonly url: string;
  /** Of CONNECT; empty where the broker is asked to assign one. */
  readonly clientId: string;
}
