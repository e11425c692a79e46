import { ClientPackets } from '../../codec/server/client-packets.js';
import { ServerEncoder } from '../../codec/server/server-encoder.js';
import type { Packet } from '../../packets.js';
import { ReadReports, WriteWindow } from '../byte-window.js';

/** bytes of packets after which they are posted within the turn. */
const BATCH_BYTES = 64 * 1024;

/** The host's side of one link: packets from and to bytes, and how much of them is read. */
export class TabLink {
  readonly number: number;
  /** What CONNACK says on this link. */
  readonly terms: string;
  readonly #packets = new ClientPackets();
  readonly #encoder = new ServerEncoder(5);
  readonly #window = new WriteWindow();
  readonly #reports = new ReadReports();
  #unhandled = 0;

  constructor(number: number, terms: string) {
    this.number = number;
    this.terms = terms;
  }

  /** Whether the tab has so much to read that further packets should wait. */
  get isFull(): boolean {
    return this.#window.isFull;
  }

  /** Whether there are bytes whose packets are not handled. */
  get isBehind(): boolean {
    return this.#unhandled > 0;
  }

  /** Encodes a packet. Returns whether it should be posted now, and not at the end of the turn. */
  write(packet: Packet): boolean {
    this.#encoder.write(packet);
    return this.#encoder.size >= BATCH_BYTES;
  }

  /** Returns the bytes to post; undefined for none. */
  take(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#encoder.size === 0) return undefined;
    // a view is cloned with its whole buffer
    const bytes = this.#encoder.take().slice();
    this.#encoder.giveBack();
    this.#window.written(bytes.length);
    return bytes;
  }

  received(chunk: Uint8Array): void {
    this.#packets.push(chunk);
    this.#unhandled += chunk.length;
  }

  /** Returns the next packet of the tab, if it is complete. Throws for a malformed one. */
  nextPacket(): Packet | undefined {
    return this.#packets.next();
  }

  /** Records that all packets are handled. Returns how many bytes to report as read; 0 for none. */
  handled(): number {
    const bytes = this.#reports.add(this.#unhandled);
    this.#unhandled = 0;
    return bytes;
  }

  /** The tab has read so many further bytes. Returns whether it takes more again. */
  read(bytes: number): boolean {
    return this.#window.read(bytes);
  }
}
