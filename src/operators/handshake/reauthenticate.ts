import { type Observable, type OperatorFunction, exhaustMap, tap } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { AuthPacket } from '../../packets.js';
import { REAUTHENTICATE, authPacket } from '../../protocol/authentication.js';
import { type AuthenticationExchangeConfig, authenticationExchange } from './authentication-exchange.js';

export interface ReauthenticateConfig extends Omit<AuthenticationExchangeConfig<AuthPacket>, 'opening' | 'late'> {
  /** Begin; while one is going on it is not heard. */
  readonly asked$: Observable<void>;
  /** Both sides accept. */
  readonly done: () => void;
}

/**
 * Authentication anew on a live connection (5.0 section 4.12.1). Only a client can begin it; other packets go on meanwhile.
 *
 * In: AUTH, subscribed to only while it is awaited. Out: AUTH. Errors with `AUTHENTICATION_FAILED` or `PROTOCOL_ERROR`, and that is
 * the end of the connection [MQTT-4.12.1-2].
 */
export function reauthenticate(config: ReauthenticateConfig): OperatorFunction<AuthPacket, AuthPacket> {
  const { asked$, done, authentication, timeout } = config;
  const opening = (data: Uint8Array | undefined) => authPacket(REAUTHENTICATE, authentication.method, data);
  const late = (waitedFor: string) =>
    new MqttError('AUTHENTICATION_FAILED', `it took more than ${timeout} ms; it waited for ${waitedFor}`, {
      reasonCode: 0x80,
      phase: 'auth',
      retryable: true,
    });
  return auth$ =>
    asked$.pipe(
      exhaustMap(() => auth$.pipe(authenticationExchange({ ...config, opening, late }), tap({ complete: done }))),
    );
}
