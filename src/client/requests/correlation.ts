import { utf8Decoder, utf8Encoder } from '../../platform.js';

const encoder = /* @__PURE__ */ utf8Encoder();
const decoder = /* @__PURE__ */ utf8Decoder();

/**
 * Ids for the requests of a client. Half of an id is random, so that replies to an earlier run under the same client id are not
 * taken for ours. It is no secret: who may publish to a reply topic is for the broker to say. Lives with the client.
 */
export class RequestIds {
  /** Of all ids of this client. */
  readonly run: string;
  #count = 0;

  constructor(random: () => number) {
    const digits = () => Math.trunc(random() * 0xffffffff).toString(16).padStart(8, '0'); // prettier-ignore
    this.run = digits() + digits();
  }

  next(): string {
    return `${this.run}-${++this.#count}`;
  }
}

export const correlationOf = (id: string): Uint8Array => encoder.encode(id);

/** Correlation data that is no id of ours becomes text that is none either. */
export const idOf = (correlationData: Uint8Array): string => decoder.decode(correlationData);
