import { type Observable, type OperatorFunction, exhaustMap, tap } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { AuthPacket } from '../../packets.js';
import { REAUTHENTICATE, createAuthPacket } from '../../protocol/authentication.js';
import { type AuthenticationExchangeConfig, authenticationExchange } from './authentication-exchange.js';

export interface ReauthenticateConfig extends Omit<
  AuthenticationExchangeConfig<AuthPacket>,
  'firstPacket' | 'timeoutError'
> {
  /** Begins an authentication. Values that come during one are ignored. */
  readonly requested$: Observable<void>;
  /** Called when both sides accept. */
  readonly onDone: () => void;
}

/**
 * Authenticates again on a live connection (5.0 section 4.12.1). Only a client can begin this. Other packets continue to flow.
 *
 * In: AUTH; the source is subscribed only during an authentication. Out: AUTH. Errors with `AUTHENTICATION_FAILED` or
 * `PROTOCOL_ERROR`, and either ends the connection [MQTT-4.12.1-2].
 */
export function reauthenticate(config: ReauthenticateConfig): OperatorFunction<AuthPacket, AuthPacket> {
  const { requested$, onDone, authentication, timeout } = config;
  const firstPacket = (data: Uint8Array | undefined) => createAuthPacket(REAUTHENTICATE, authentication.method, data);
  const timeoutError = (waitedFor: string) =>
    new MqttError('AUTHENTICATION_FAILED', `it took more than ${timeout} ms; it waited for ${waitedFor}`, {
      reasonCode: 0x80,
      phase: 'auth',
      retryable: true,
    });
  return auth$ =>
    requested$.pipe(
      exhaustMap(() =>
        auth$.pipe(authenticationExchange({ ...config, firstPacket, timeoutError }), tap({ complete: onDone })),
      ),
    );
}
