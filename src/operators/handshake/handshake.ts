import {
  type OperatorFunction,
  type SchedulerLike,
  ignoreElements,
  merge,
  of,
  take,
  tap,
  throwError,
  timeout,
} from 'rxjs';
import { MqttError } from '../../errors.js';
import type { ConnackPacket, ConnectPacket } from '../../packets.js';
import { assertUnauthenticated } from '../../protocol/authentication.js';
import { describeReason, isFailure, isRetryable } from '../../protocol/reason-codes.js';
import { protocolError } from '../../protocol/violations.js';
import { piece } from '../../quoted.js';

export interface HandshakeConfig {
  readonly connect: ConnectPacket;
  /** ms that the broker has for its CONNACK. */
  readonly timeout: number;
  readonly scheduler: SchedulerLike;
  /** Called with a CONNACK that accepts, before this flow completes. */
  readonly accepted: (connack: ConnackPacket) => void;
}

/**
 * CONNECT and its answer (5.0 sections 3.1 and 3.2).
 *
 * In: CONNACK. Out: CONNECT. Completes when the broker accepts. Errors with `CONNECTION_REFUSED`, `UNSUPPORTED_PROTOCOL_VERSION`,
 * `PROTOCOL_ERROR` or, after `timeout` ms, `CONNECT_TIMEOUT`.
 */
export function handshake(config: HandshakeConfig): OperatorFunction<ConnackPacket, ConnectPacket> {
  const { connect, scheduler, accepted } = config;
  const silence = () => throwError(() => connectTimeout(config.timeout));
  return connack$ =>
    merge(
      connack$.pipe(
        take(1), // should the source end before, the link says why
        timeout({ first: config.timeout, scheduler, with: silence }),
        tap(connack => {
          assertAccepted(connack, connect);
          assertUnauthenticated(connack);
          accepted(connack);
        }),
        ignoreElements(),
      ),
      of(connect),
    );
}

/** Throws for a CONNACK that refuses, or that accepts what was not asked for. */
export function assertAccepted(connack: ConnackPacket, { clean, protocolVersion }: ConnectPacket): void {
  const { reasonCode, returnCode, sessionPresent, properties } = connack;
  if (isFailure(reasonCode)) {
    const wire = returnCode === undefined ? '' : `, return code ${returnCode}`;
    const words = properties?.reasonString === undefined ? '' : ` (${piece(properties.reasonString)})`;
    throw new MqttError(
      reasonCode === 0x84 ? 'UNSUPPORTED_PROTOCOL_VERSION' : 'CONNECTION_REFUSED',
      `the broker refused the connection: ${describeReason(reasonCode)}${wire}${words}`,
      {
        reasonCode,
        reasonString: properties?.reasonString,
        serverReference: properties?.serverReference,
        phase: 'mqtt',
        retryable: isRetryable(reasonCode),
      },
    );
  }
  if (protocolVersion !== 5) return;
  // two bytes have no room for the properties of 5.0: the broker has taken the CONNECT for one of 3.x
  if (returnCode !== undefined) {
    throw new MqttError(
      'UNSUPPORTED_PROTOCOL_VERSION',
      'the broker answered a CONNECT of MQTT 5.0 with a CONNACK of 3.x',
      {
        reasonCode: 0x84,
        phase: 'mqtt',
      },
    );
  }
  // [MQTT-3.2.2-4]; 3.1.1 lets the client go on, and in 3.1 the byte is reserved
  if (sessionPresent && clean) {
    throw protocolError('CONNACK', 'it says session present, though CONNECT asked for a clean session');
  }
}

function connectTimeout(ms: number): MqttError {
  return new MqttError('CONNECT_TIMEOUT', `no CONNACK came within ${ms} ms; is this an MQTT port?`, {
    phase: 'mqtt',
    retryable: true,
  });
}
