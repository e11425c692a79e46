/** Called for each whole packet: in `bytes` from `start` to `end`, its variable header beginning at `body`. */
export type OnFrame = (bytes: Buffer, start: number, body: number, end: number) => void;

/** Cuts a stream of bytes into packets, as cheaply as can be done; it trusts the other side. */
export function frames(onFrame: OnFrame): (chunk: Buffer) => void {
  let rest: Buffer | undefined;
  return chunk => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    while (start + 1 < bytes.length) {
      let body = start + 1;
      let length = 0;
      let shift = 0;
      let byte: number;
      do {
        byte = bytes[body++]!;
        length += (byte & 0x7f) << shift;
        shift += 7;
      } while (byte > 0x7f && body < bytes.length);
      if (byte > 0x7f || body + length > bytes.length) break;
      onFrame(bytes, start, body, body + length);
      start = body + length;
    }
    rest = start === bytes.length ? undefined : bytes.subarray(start);
  };
}

/** Small packets, gathered and written once a turn. */
export class Gatherer {
  #buffer = Buffer.allocUnsafe(0x10000);
  #length = 0;
  readonly #write: (bytes: Buffer) => void;

  constructor(write: (bytes: Buffer) => void) {
    this.#write = write;
  }

  /** An acknowledgement: PUBACK 0x40, PUBREC 0x50, PUBREL 0x62, PUBCOMP 0x70. */
  ack(first: number, packetId: number): void {
    const at = this.#room(4);
    this.#buffer[at] = first;
    this.#buffer[at + 1] = 2;
    this.#buffer[at + 2] = packetId >> 8;
    this.#buffer[at + 3] = packetId & 0xff;
  }

  bytes(bytes: Uint8Array): number {
    const at = this.#room(bytes.length);
    this.#buffer.set(bytes, at);
    return at;
  }

  /** A copy of a packet with a packet identifier of its own at `offset`. */
  numbered(packet: Uint8Array, offset: number, packetId: number): void {
    const at = this.bytes(packet);
    this.#buffer[at + offset] = packetId >> 8;
    this.#buffer[at + offset + 1] = packetId & 0xff;
  }

  flush(): void {
    if (this.#length === 0) return;
    this.#write(this.#buffer.subarray(0, this.#length));
    this.#buffer = Buffer.allocUnsafe(0x10000);
    this.#length = 0;
  }

  #room(length: number): number {
    if (this.#length + length > this.#buffer.length) this.flush();
    const at = this.#length;
    this.#length += length;
    return at;
  }
}

export function publishPacket(
  topic: string,
  payload: Uint8Array,
  qos: number,
  version = 4,
): { packet: Buffer; idAt: number } {
  const name = Buffer.from(topic);
  const noProperties = Buffer.alloc(version === 5 ? 1 : 0);
  const length = 2 + name.length + (qos > 0 ? 2 : 0) + noProperties.length + payload.length;
  const header = [0x30 | (qos << 1)];
  for (let rest = length; ;) {
    header.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    rest >>= 7;
    if (rest === 0) break;
  }
  const idAt = header.length + 2 + name.length;
  const packet = Buffer.concat([
    Buffer.from(header),
    Buffer.from([name.length >> 8, name.length & 0xff]),
    name,
    Buffer.alloc(qos > 0 ? 2 : 0),
    noProperties,
    payload,
  ]);
  return { packet, idAt };
}
