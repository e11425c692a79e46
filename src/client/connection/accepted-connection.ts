import type { Observable } from 'rxjs';
import type { DisconnectPacket } from '../../packets.js';
import type { Connack, NegotiatedLimits } from '../../state.js';
import type { Link } from '../../transport/link.js';

/** A connection that the broker has accepted. */
export interface Connected {
  readonly connack: Connack;
  readonly limits: NegotiatedLimits;
  readonly link: Link;
  readonly unsentBytes: () => number;
  /** Sends DISCONNECT and waits, in bounded time, for the broker to close the link. Then it completes, and so does the connection. */
  readonly disconnect: (packet: DisconnectPacket) => Observable<never>;
  readonly reauthenticate: () => Observable<void>;
}
