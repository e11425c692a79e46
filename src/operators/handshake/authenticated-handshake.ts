import { type OperatorFunction, defer, tap } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { AuthPacket, ConnackPacket, ConnectPacket } from '../../packets.js';
import { assertContinues } from '../../protocol/authentication.js';
import { type AuthenticationExchangeConfig, authenticationExchange } from './authentication-exchange.js';
import { type HandshakeConfig, assertAccepted } from './handshake.js';

export type AuthenticatedHandshakeConfig = HandshakeConfig &
  Pick<AuthenticationExchangeConfig<ConnectPacket>, 'authentication' | 'context' | 'run'>;

/**
 * CONNECT and its answer with an authentication in between (5.0 section 4.12).
 *
 * In: AUTH and CONNACK. Out: CONNECT, when the user's function has said the first word, then AUTH. Completes when both sides accept.
 * Errors as `handshake` does, and with `AUTHENTICATION_FAILED`; the timeout is for all of it.
 */
export function authenticatedHandshake(
  config: AuthenticatedHandshakeConfig,
): OperatorFunction<ConnackPacket | AuthPacket, ConnectPacket | AuthPacket> {
  const { connect, accepted, authentication } = config;
  const opening = (data: Uint8Array | undefined): ConnectPacket => ({
    ...connect,
    properties: {
      ...connect.properties,
      authenticationMethod: authentication.method,
      ...(data === undefined ? {} : { authenticationData: data }),
    },
  });
  const late = (waitedFor: string) =>
    new MqttError(
      'CONNECT_TIMEOUT',
      `the authentication took more than ${config.timeout} ms; it waited for ${waitedFor}`,
      {
        phase: 'auth',
        retryable: true,
      },
    );
  return answer$ =>
    defer(() => {
      let connack: ConnackPacket;
      return answer$.pipe(
        tap(answer => {
          if (answer.cmd === 'auth') return assertContinues(answer);
          assertAccepted(answer, connect);
          connack = answer;
        }),
        authenticationExchange({ ...config, opening, late }),
        tap({ complete: () => accepted(connack) }),
      );
    });
}
