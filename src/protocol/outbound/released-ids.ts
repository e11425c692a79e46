/** The packet identifiers of QoS 2 messages that have their PUBREC and no PUBCOMP yet, in the order of the PUBRECs. */
export class ReleasedIds {
  // lives with the session
  readonly #ids = new Set<number>();

  // lives with the connection
  /** Those whose PUBREL is to be sent again, the last one first. */
  #resend: number[] = [];

  add(packetId: number): void {
    this.#ids.add(packetId);
  }

  delete(packetId: number): void {
    this.#ids.delete(packetId);
  }

  /** Forgets the connection. */
  end(): void {
    this.#resend = [];
  }

  /** Marks all PUBRELs to be sent again. */
  rewind(): void {
    this.#resend = [...this.#ids].reverse();
  }

  get resending(): boolean {
    return this.#resend.length > 0;
  }

  /** Returns the identifier of the next PUBREL to send again [MQTT-4.6.0-4]. */
  takeResend(): number | undefined {
    let packetId: number | undefined;
    do packetId = this.#resend.pop();
    while (packetId !== undefined && !this.#ids.has(packetId));
    return packetId;
  }
}
