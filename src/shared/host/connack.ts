import type { ConnackPacket, ConnectPacket } from '../../packets.js';
import type { ConnectionState } from '../../state.js';

/** s in which a tab must send something. Browsers run the timers of a hidden page once a minute, so a PINGREQ can be a minute late. */
export const KEEPALIVE = 90;

/** Messages that a tab may have in flight. The queue of the shared client is for all tabs, and much larger. */
export const RECEIVE_MAXIMUM = 100;

/** s for which a tab that comes back over another port finds what it has published. */
export const SESSION_EXPIRY = 300;

/** Returns the CONNACK for a tab: what the broker has said, as far as it is about the tab. */
export function connackFor(
  { properties = {} }: ConnectPacket,
  { connack, limits }: Extract<ConnectionState, { status: 'connected' }>,
  sessionPresent: boolean,
): ConnackPacket {
  const { reasonString, userProperties, responseInformation } = connack.properties ?? {};
  const { maximumPacketSize } = limits;
  return {
    cmd: 'connack',
    sessionPresent,
    reasonCode: 0,
    properties: {
      sessionExpiryInterval: Math.min(properties.sessionExpiryInterval ?? 0, SESSION_EXPIRY),
      receiveMaximum: Math.min(limits.receiveMaximum, RECEIVE_MAXIMUM),
      ...(limits.maximumQoS === 2 ? {} : { maximumQoS: limits.maximumQoS }),
      retainAvailable: limits.retainAvailable,
      ...(maximumPacketSize === Infinity ? {} : { maximumPacketSize }),
      wildcardSubscriptionAvailable: limits.wildcardSubscriptionAvailable,
      sharedSubscriptionAvailable: limits.sharedSubscriptionAvailable,
      serverKeepAlive: KEEPALIVE,
      ...(reasonString === undefined ? {} : { reasonString }),
      ...(userProperties === undefined ? {} : { userProperties }),
      ...(responseInformation === undefined ? {} : { responseInformation }),
    },
  };
}
