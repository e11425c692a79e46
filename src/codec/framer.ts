import type { MqttError } from '../errors.js';
import type { ProtocolVersion } from '../packets.js';
import { firstByteViolation, legalFirstBytes } from './first-byte.js';
import { longestPackets, packetTypes } from './packet-types.js';
import { NO_BYTES } from '../protocol/bytes.js';
import { Queue } from '../protocol/collections/queue.js';
import { foreignProtocol, impossiblyLong, malformed, tooLarge } from '../protocol/violations.js';

/** Bytes of the first buffer for a frame that spans chunks. It is small because the announced bytes may never arrive. */
const FIRST_CAPACITY = 0x10000;

/**
 * Splits a byte stream into frames. A frame inside one chunk is not copied; a frame that spans chunks is joined. The fixed header (5.0
 * section 2.1) is checked before any byte of the body is kept.
 */
export class Framer {
  /** The frame that `next()` found is in `bytes` from `start` to `end`. Its fixed header ends at `body`. */
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  body = 0;
  end = 0;
  /** The number of bytes that arrived and are not in a frame that `next()` has found. */
  unread = 0;

  readonly #version: ProtocolVersion;
  readonly #maximum: number;
  readonly #legal: Uint8Array;
  readonly #longest: Uint32Array;

  // The current chunk, and those after it.
  #chunk = NO_BYTES;
  #position = 0;
  /** Undefined until a chunk arrives before the one ahead of it is used up. */
  #later: Queue<Uint8Array> | undefined;

  /** Whether `next()` has found a frame. */
  #hasFrames = false;

  // The length of the fixed header that #measure() read last.
  #headerLength = 0;

  // The frame being joined: its first `have` of `size` bytes. The size is 0 while the fixed header is incomplete.
  #isJoining = false;
  #joint = NO_BYTES;
  #have = 0;
  #size = 0;

  constructor(version: ProtocolVersion, maximumPacketSize = Infinity) {
    this.#version = version;
    this.#maximum = maximumPacketSize;
    this.#legal = legalFirstBytes[version];
    this.#longest = longestPackets[version];
  }

  push(chunk: Uint8Array): void {
    this.unread += chunk.length;
    // A Buffer becomes a plain Uint8Array, because subarray() and slice() of a Buffer return Buffers.
    const bytes =
      chunk.constructor === Uint8Array ? chunk : new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#position === this.#chunk.length && (this.#later === undefined || this.#later.length === 0)) {
      this.#chunk = bytes;
      this.#position = 0;
    } else (this.#later ??= new Queue()).push(bytes);
  }

  /** Looks for the next frame, and returns whether it is complete. Throws for an invalid fixed header, and for a frame that is too long. */
  next(): boolean {
    if (this.#isJoining) return this.#join();
    if (!this.#nextChunk()) return false;
    const size = this.#measure(this.#chunk, this.#position, this.#chunk.length);
    const end = this.#position + size;
    if (size === 0 || end > this.#chunk.length) return this.#join();
    this.#hasFrames = true;
    this.bytes = this.#chunk;
    this.start = this.#position;
    this.body = this.start + this.#headerLength;
    this.end = this.#position = end;
    this.unread -= size;
    return true;
  }

  /** Makes sure that the current chunk has bytes left, and returns false if no chunk has. */
  #nextChunk(): boolean {
    while (this.#position === this.#chunk.length) {
      this.#chunk = this.#later?.take() ?? NO_BYTES;
      this.#position = 0;
      if (this.#chunk === NO_BYTES) return this.#forgetFrame();
    }
    return true;
  }

  /** Forgets the last frame, so that an idle connection keeps no chunk in memory. Returns false. */
  #forgetFrame(): false {
    this.bytes = NO_BYTES;
    return false;
  }

  /** Returns the size of the frame at `start`, fixed header included; 0 while the fixed header is incomplete. */
  #measure(bytes: Uint8Array, start: number, end: number): number {
    let position = start + 1;
    if (position >= end) return 0;
    const first = bytes[start]!;
    if (this.#legal[first] === 0) throw this.#illegal(first, bytes[position]!);

    let byte = bytes[position++]!;
    let remaining = byte & 0x7f;
    for (let unit = 0x80; byte >= 0x80; unit *= 0x80) {
      if (position - start > 4) throw malformed(nameOf(first), 'its remaining length takes more than four bytes');
      if (position >= end) return 0;
      byte = bytes[position++]!;
      remaining += (byte & 0x7f) * unit;
    }
    this.#headerLength = position - start;
    if (byte === 0 && this.#headerLength > 2) {
      throw malformed(nameOf(first), 'its remaining length is not in the shortest form [MQTT-1.5.5-1]');
    }
    const size = this.#headerLength + remaining;
    if (size > this.#longest[first >> 4]!) throw impossiblyLong(nameOf(first), size, this.#longest[first >> 4]!);
    if (size > this.#maximum) throw tooLarge(nameOf(first), size, this.#maximum);
    return size;
  }

  #illegal(first: number, second: number): MqttError {
    // The whole stream can be of another protocol only if no frame of MQTT came before.
    const foreign = !this.#hasFrames ? foreignProtocol(first, second) : undefined;
    return foreign === undefined ? firstByteViolation(first, this.#version) : malformed('packet', foreign);
  }

  /** Continues a frame that spans chunks, and returns whether it is complete. */
  #join(): boolean {
    if (!this.#isJoining) {
      this.#isJoining = true;
      this.#joint = new Uint8Array(5);
      this.#have = this.#size = 0;
    }
    while (this.#nextChunk()) {
      if (this.#size === 0) {
        this.#joint[this.#have++] = this.#chunk[this.#position++]!;
        this.#size = this.#measure(this.#joint, 0, this.#have);
      } else {
        const count = Math.min(this.#size - this.#have, this.#chunk.length - this.#position);
        this.#reserve(this.#have + count);
        this.#joint.set(this.#chunk.subarray(this.#position, this.#position + count), this.#have);
        this.#have += count;
        this.#position += count;
      }
      if (this.#have === this.#size) return this.#finishJoin();
    }
    return false;
  }

  #finishJoin(): true {
    this.#hasFrames = true;
    this.bytes = this.#joint;
    this.#joint = NO_BYTES;
    this.start = 0;
    this.body = this.#headerLength;
    this.end = this.#size;
    this.unread -= this.#size;
    this.#isJoining = false;
    return true;
  }

  /** Makes space for `length` bytes. The buffer doubles, so that the bytes copied are proportional to the size of the frame. */
  #reserve(length: number): void {
    if (length <= this.#joint.length) return;
    const capacity = Math.min(this.#size, Math.max(length, 2 * this.#joint.length, FIRST_CAPACITY));
    const joint = new Uint8Array(capacity);
    joint.set(this.#joint.subarray(0, this.#have));
    this.#joint = joint;
  }
}

const nameOf = (first: number): string => packetTypes[first >> 4]?.name ?? 'packet';
