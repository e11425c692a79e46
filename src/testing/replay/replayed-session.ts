import { asyncScheduler } from 'rxjs';
import type { Packet } from '../../packets.js';
import { Exchanges } from './exchanges.js';

/** What outlives a connection of a replay. */
export class ReplayedSession {
  readonly exchanges: Exchanges;
  /** The messages of QoS 2 for which the client has sent PUBREC, so that the broker may send PUBREL. */
  readonly received = new Set<number>();

  /** @param send - sends a packet on the connection that is open. */
  constructor(send: (packet: Packet) => void) {
    this.exchanges = new Exchanges(send);
  }

  /** ms since the start of the trace. */
  get now(): number {
    return asyncScheduler.now();
  }
}
