import { type OperatorFunction, defer, tap } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { AuthPacket, ConnackPacket, ConnectPacket } from '../../packets.js';
import { assertContinues } from '../../protocol/authentication.js';
import { type AuthenticationExchangeConfig, authenticationExchange } from './authentication-exchange.js';
import { type HandshakeConfig, assertAccepted } from './handshake.js';

export type AuthenticatedHandshakeConfig = HandshakeConfig &
  Pick<AuthenticationExchangeConfig<ConnectPacket>, 'authentication' | 'context' | 'run'>;

/**
 * Sends CONNECT and waits for CONNACK, with an exchange of AUTH packets in between (5.0 section 4.12).
 *
 * In: AUTH and CONNACK. Out: CONNECT, with the first value of the user's function unless the server sends the first data, then AUTH.
 * Completes when both sides accept. Errors as `handshake` does, and with `AUTHENTICATION_FAILED`; the timeout is for the whole exchange.
 */
export function authenticatedHandshake(
  config: AuthenticatedHandshakeConfig,
): OperatorFunction<ConnackPacket | AuthPacket, ConnectPacket | AuthPacket> {
  const { connect, onAccepted, authentication } = config;
  const firstPacket = (data: Uint8Array | undefined): ConnectPacket => ({
    ...connect,
    properties: {
      ...connect.properties,
      authenticationMethod: authentication.method,
      ...(data === undefined ? {} : { authenticationData: data }),
    },
  });
  const timeoutError = (waitedFor: string) =>
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
        authenticationExchange({ ...config, firstPacket, timeoutError }),
        tap({ complete: () => onAccepted(connack) }),
      );
    });
}
