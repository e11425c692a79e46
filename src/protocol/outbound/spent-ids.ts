import type { PacketIds } from '../packet-ids.js';

/**
 * Identifiers of QoS 2 messages that were given up. They are not used again in their session, because the broker would take a new message
 * for the old one. Lives with the session.
 */
export class SpentIds {
  readonly #packetIds: PacketIds;
  readonly #ids: number[] = [];

  /** Called when the identifiers have changed. */
  onChange: (() => void) | undefined;

  constructor(packetIds: PacketIds) {
    this.#packetIds = packetIds;
  }

  get all(): readonly number[] {
    return this.#ids;
  }

  /** Adds identifiers that are taken. */
  add(...ids: readonly number[]): void {
    if (ids.length === 0) return;
    this.#ids.push(...ids);
    this.onChange?.();
  }

  /** Takes identifiers and adds them, except those that are in use. */
  reserve(ids: readonly number[]): void {
    this.add(...this.#packetIds.reserve(ids));
  }

  /** Releases all of them, because their session is lost. */
  release(): void {
    if (this.#ids.length === 0) return;
    for (const id of this.#ids.splice(0)) this.#packetIds.release(id);
    this.onChange?.();
  }
}
