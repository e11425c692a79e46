import type { Observable } from 'rxjs';
import type { ConnackPacket, ConnectPacket, DisconnectPacket } from '../../packets.js';
import { negotiateLimits } from '../../protocol/limits.js';
import { isSessionPresent } from '../../protocol/session.js';
import type { Connack, NegotiatedLimits } from '../../state.js';
import type { Link } from '../../transport/link.js';
import type { ClientContext } from '../client-context.js';
import type { AttemptOptions } from '../options/resolve-options.js';
import { redact } from './packets/packet-events.js';

/** A connection that the broker has accepted. */
export interface Connected {
  readonly connack: Connack;
  readonly limits: NegotiatedLimits;
  readonly link: Link;
  readonly unsentBytes: number;
  /** Sends DISCONNECT and waits, in bounded time, for the broker to close the link. Then it completes, and so does the connection. */
  disconnect(packet: DisconnectPacket): Observable<never>;
  reauthenticate(): Observable<void>;
}

/** Begins the session within the limits that CONNACK and the client set (5.0 section 3.2). Returns what the broker said. */
export function beginSession(
  connect: ConnectPacket,
  packet: ConnackPacket,
  { maximumQoS }: AttemptOptions,
  { session, instrumentation }: Pick<ClientContext, 'session' | 'instrumentation'>,
): Pick<Connected, 'connack' | 'limits'> {
  const { receiveMaximum = 0xffff, topicAliasMaximum = 0 } = connect.properties ?? {};
  const limits = negotiateLimits(connect, packet);
  const receiveWindow = connect.protocolVersion === 5 ? receiveMaximum : Infinity;
  const ownLimits = { receiveMaximum: receiveWindow, topicAliasMaximum, maximumQoS };
  instrumentation.onConnected(limits, session.sender);
  session.begin(isSessionPresent(connect, packet), limits, ownLimits);
  const { cmd: _, ...connack } = redact(packet);
  return { connack, limits };
}
