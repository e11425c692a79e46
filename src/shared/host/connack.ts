import type { ConnackProperties } from '../../packets.js';
import type { ConnectionState } from '../../state.js';

/** The shared client while it is connected to the broker. */
export type Connected = Extract<ConnectionState, { status: 'connected' }>;

/** s in which a tab must send something. Browsers run the timers of a hidden page once a minute, so a PINGREQ can be a minute late. */
export const KEEPALIVE = 90;

/** Messages that a tab may have in flight. The queue of the shared client is for all tabs, and much larger. */
const RECEIVE_MAXIMUM = 100;

/** s for which a tab that comes back over another port finds what it has published. */
export const SESSION_EXPIRY = 300;

/** What CONNACK says to each tab: what the broker has said, as far as it is about tabs. Without a connection so far, it has no limits. */
export function termsOf(state: Connected | undefined): ConnackProperties {
  const common = { sessionExpiryInterval: SESSION_EXPIRY, serverKeepAlive: KEEPALIVE };
  if (state === undefined) return { ...common, receiveMaximum: RECEIVE_MAXIMUM };
  const { connack, limits } = state;
  const { reasonString, userProperties, responseInformation } = connack.properties ?? {};
  const { maximumPacketSize, maximumQoS } = limits;
  return {
    ...common,
    receiveMaximum: Math.min(limits.receiveMaximum, RECEIVE_MAXIMUM),
    ...(maximumQoS === 2 ? {} : { maximumQoS }),
    ...(maximumPacketSize === Infinity ? {} : { maximumPacketSize }),
    retainAvailable: limits.retainAvailable,
    wildcardSubscriptionAvailable: limits.wildcardSubscriptionAvailable,
    sharedSubscriptionAvailable: limits.sharedSubscriptionAvailable,
    ...(reasonString === undefined ? {} : { reasonString }),
    ...(userProperties === undefined ? {} : { userProperties }),
    ...(responseInformation === undefined ? {} : { responseInformation }),
  };
}
