import { random } from '../../client/platform/environment.js';
import { decodeUtf8 } from '../../protocol/utf8.js';
import { toBase64 } from '../base64.js';
import type { TracePayload } from '../trace-event.js';
import type { TracedMessage, TraceOptions } from './trace-options.js';

/** Records bytes as the option `payloads` says. */
export class PayloadRecorder {
  readonly #payloads: NonNullable<TraceOptions['payloads']>;
  readonly #seeds = [random() * 2 ** 32, random() * 2 ** 32] as const;

  constructor(payloads: TraceOptions['payloads'] = 'full') {
    this.#payloads = payloads;
  }

  get isFull(): boolean {
    return this.#payloads === 'full';
  }

  payloadOf(message: TracedMessage): TracePayload {
    const { payload } = message;
    switch (this.#payloads) {
      case 'full':
        return inFull(payload);
      case 'length':
        return { length: payload.length };
      case 'hash':
        return this.#hashed(payload);
      default: {
        const value: unknown = this.#payloads(message);
        return { length: payload.length, ...(value === undefined ? {} : { value }) };
      }
    }
  }

  /** A reply is found by its correlation data, so a trace keeps at least which of them are equal. */
  correlationDataOf(data: Uint8Array): TracePayload {
    return this.isFull ? inFull(data) : this.#hashed(data);
  }

  #hashed(bytes: Uint8Array): TracePayload {
    return { length: bytes.length, hash: this.#seeds.map(seed => hashOf(bytes, seed)).join('') };
  }
}

function inFull(bytes: Uint8Array): TracePayload {
  const text = decodeUtf8(bytes);
  return { length: bytes.length, ...(text === undefined ? { base64: toBase64(bytes) } : { text }) };
}

/** FNV-1a with a seed that is random for each trace, so that hashes of different traces cannot be compared. */
function hashOf(bytes: Uint8Array, seed: number): string {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
