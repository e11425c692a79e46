import { MqttError } from '../../errors.js';
import type { Connack, ConnectionState, NegotiatedLimits } from '../../state.js';

const url = 'mqtt://mock';

const connack: Connack = Object.freeze({ sessionPresent: false, reasonCode: 0 });

const limits: NegotiatedLimits = Object.freeze({
  protocolVersion: 5,
  clientId: 'mock',
  keepalive: 60,
  sessionExpiry: 0,
  receiveMaximum: 0xffff,
  maximumQoS: 2,
  maximumPacketSize: Infinity,
  topicAliasMaximum: 0,
  retainAvailable: true,
  wildcardSubscriptionAvailable: true,
  subscriptionIdentifiersAvailable: true,
  sharedSubscriptionAvailable: true,
});

const lost = () => new MqttError('CONNECTION_CLOSED', 'the connection of the mock is lost', { retryable: true });

/** A whole state for the name of one. */
export function stateOf(given: ConnectionState | ConnectionState['status']): ConnectionState {
  if (typeof given === 'object') return given;
  switch (given) {
    case 'connecting':
      return { status: given, attempt: 1, url };
    case 'connected':
      return { status: given, connack, limits, url };
    case 'reconnecting':
      return { status: given, attempt: 1, delay: 1000, error: lost() };
    default:
      return { status: given };
  }
}
