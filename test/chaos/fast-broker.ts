import type { Socket } from 'node:net';
import { type MemoryPeer, type Transport, memoryTransport } from '../../src/index.js';

/** A broker of a few bytes for 3.1.1 and 5.0: it takes everything, remembers no message, and has a session for whoever comes again. */
export class FastBroker {
  #cut = () => {};
  /** Links that are open. */
  links = 0;
  #deafFor = 0;
  #heard = () => {};

  readonly transport: Transport = memoryTransport(peer => this.#meet(peer));

  /** For a server of sockets. */
  readonly serve = (socket: Socket): void => {
    const talk = new Talk(this);
    this.links++;
    this.#cut = () => void socket.resetAndDestroy();
    socket.on('error', () => {});
    socket.on('close', () => this.links--);
    socket.on('data', chunk => {
      const answer = talk.answer(chunk);
      if (answer.length > 0) socket.write(answer);
    });
  };

  #meet(peer: MemoryPeer): void {
    const talk = new Talk(this);
    this.links++;
    this.#cut = () => peer.close();
    peer.data$.subscribe({
      next: chunk => {
        const answer = talk.answer(chunk);
        if (answer.length > 0) peer.write(answer);
      },
      complete: () => this.links--,
    });
  }

  /** Does not acknowledge so many messages from now on. Resolves when they have come. */
  ignore(messages: number): Promise<void> {
    this.#deafFor = messages;
    return new Promise(resolve => (this.#heard = resolve));
  }

  /** Whether a message that comes now is acknowledged. */
  hears(): boolean {
    if (this.#deafFor === 0) return true;
    if (--this.#deafFor === 0) this.#heard();
    return false;
  }

  /** Breaks the link that was opened last. */
  cut(): void {
    this.#cut();
  }
}

const CONNECT = 1;
const PUBLISH = 3;
const SUBSCRIBE = 8;
const UNSUBSCRIBE = 10;
const PINGREQ = 12;

/** What is said on one link. */
class Talk {
  readonly #broker: FastBroker;
  #unread: Uint8Array = new Uint8Array();
  #version = 0;

  constructor(broker: FastBroker) {
    this.#broker = broker;
  }

  /** The answers to all packets that are complete now. */
  answer(chunk: Uint8Array): Uint8Array {
    let bytes = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    const answers: number[] = [];
    for (let end = lengthOf(bytes); end <= bytes.length; end = lengthOf(bytes)) {
      answers.push(...this.#one(bytes[0]!, bytes.subarray(bodyStart(bytes), end)));
      bytes = bytes.subarray(end);
    }
    this.#unread = bytes;
    return Uint8Array.from(answers);
  }

  #one(first: number, body: Uint8Array): readonly number[] {
    const noProperties = this.#version === 5 ? [0] : [];
    switch (first >> 4) {
      case CONNECT: {
        this.#version = body[6]!;
        const clean = (body[7]! & 2) > 0;
        const answer = [clean ? 0 : 1, 0, ...(this.#version === 5 ? [0] : [])];
        return [0x20, answer.length, ...answer];
      }
      case PUBLISH: {
        if ((first & 6) === 0) return [];
        if (!this.#broker.hears()) return [];
        const id = 2 + ((body[0]! << 8) | body[1]!);
        return [0x40, 2, body[id]!, body[id + 1]!];
      }
      case SUBSCRIBE:
        return [0x90, 3 + noProperties.length, body[0]!, body[1]!, ...noProperties, 1];
      case UNSUBSCRIBE:
        return [0xb0, 2 + 2 * noProperties.length, body[0]!, body[1]!, ...noProperties, ...noProperties];
      case PINGREQ:
        return [0xd0, 0];
      default:
        return [];
    }
  }
}

/** Where the body begins: behind the remaining length. */
function bodyStart(bytes: Uint8Array): number {
  let at = 1;
  while (at < 4 && bytes[at]! >= 0x80) at++;
  return at + 1;
}

/** Of the first packet, whole; Infinity when there is none. */
function lengthOf(bytes: Uint8Array): number {
  const start = bodyStart(bytes);
  if (bytes.length < start) return Infinity;
  let length = 0;
  for (let at = start - 1; at > 0; at--) length = length * 128 + (bytes[at]! & 0x7f);
  return start + length;
}
