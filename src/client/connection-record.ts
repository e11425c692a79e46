import type { NegotiatedLimits } from '../state.js';

/** What the record keeps of a connection. */
export interface RecordedConnection {
  readonly limits: NegotiatedLimits;
  /** What it has written and the network has not taken. */
  readonly unsentBytes: number;
}

/** What is known of the connections of a client so far. Lives with the client. */
export class ConnectionRecord {
  #count = 0;
  #limits: NegotiatedLimits | undefined;
  #present: RecordedConnection | undefined;
  #roundTrip: number | undefined;

  /** The number of connections so far. */
  get count(): number {
    return this.#count;
  }

  /** Those of the last connection. */
  get limits(): NegotiatedLimits | undefined {
    return this.#limits;
  }

  get unsentBytes(): number {
    return this.#present?.unsentBytes ?? 0;
  }

  /** ms; the last one that was measured. */
  get roundTrip(): number | undefined {
    return this.#roundTrip;
  }

  /** Whether the session of the last connection outlives that connection. */
  get sessionOutlivesConnection(): boolean {
    return this.#limits !== undefined && this.#limits.sessionExpiry > 0;
  }

  recordConnected(connection: RecordedConnection): void {
    this.#count++;
    this.#limits = connection.limits;
    this.#present = connection;
  }

  recordDisconnected(): void {
    this.#present = undefined;
  }

  recordRoundTrip(ms: number): void {
    this.#roundTrip = ms;
  }
}
