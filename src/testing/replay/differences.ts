import type { TimelineEvent } from '../marbles/columns.js';
import { draw } from '../marbles/drawing.js';
import { describePacketFully } from '../describe-packet.js';
import type { SentPacket } from './same-packet.js';

/** How many packets are drawn before the first difference, and after it. */
const BEFORE = 10;
const AFTER = 40;
/** How many differences are told in words. */
const TOLD = 5;

/** The differences of a replay from its trace, and the packets around the first one. Lives with the replay. */
export class Differences {
  readonly #words: string[] = [];
  #count = 0;
  readonly #expected: TimelineEvent[] = [];
  readonly #actual: TimelineEvent[] = [];

  get count(): number {
    return this.#count;
  }

  /** A packet of the trace was sent again. It is drawn at the time that it has in the trace. */
  addSame(recorded: SentPacket): void {
    if (this.#count === 0 && this.#expected.length >= BEFORE) {
      this.#expected.shift();
      this.#actual.shift();
    }
    this.#draw(recorded, recorded);
  }

  addMissing(recorded: SentPacket): void {
    this.#tell(`${wordsOf(recorded)} at ${recorded.frame} ms was not sent`);
    this.#draw(recorded, undefined);
  }

  addSurplus(actual: SentPacket): void {
    this.#tell(`${wordsOf(actual)} at ${actual.frame} ms is not in the trace`);
    this.#draw(undefined, actual);
  }

  /** A packet of the trace was sent at another time or in another order. */
  addMoved(recorded: SentPacket, actual: SentPacket, how: string): void {
    this.#tell(`${wordsOf(recorded)} at ${recorded.frame} ms was sent ${how}`);
    this.#draw(recorded, actual);
  }

  /** Returns the failure that tells and draws the differences; undefined if there are none. */
  failure(): Error | undefined {
    if (this.#count === 0) return undefined;
    const more = this.#count > TOLD ? [`and ${this.#count - TOLD} more`] : [];
    const told = [...this.#words, ...more].map(words => `  ${words}`).join('\n');
    const title = `What the client sent differs from the trace.\n\n${told}`;
    return new Error(draw(title, this.#expected.sort(byFrame), this.#actual.sort(byFrame)));
  }

  #tell(words: string): void {
    this.#count++;
    if (this.#words.length < TOLD) this.#words.push(words);
  }

  #draw(recorded: SentPacket | undefined, actual: SentPacket | undefined): void {
    if (this.#count > 0 && this.#expected.length + this.#actual.length > 2 * (BEFORE + AFTER)) return;
    if (recorded !== undefined) this.#expected.push(eventOf(recorded));
    if (actual !== undefined) this.#actual.push(eventOf(actual));
  }
}

const byFrame = (a: TimelineEvent, b: TimelineEvent): number => a.frame - b.frame;

const eventOf = (sent: SentPacket): TimelineEvent => ({ frame: sent.frame, sign: '', words: wordsOf(sent) });

function wordsOf({ packet, isPayloadUnknown }: SentPacket): string {
  if (packet.cmd !== 'publish' || !isPayloadUnknown) return describePacketFully(packet);
  const { payload, ...rest } = packet;
  return `${describePacketFully(rest as typeof packet)} (${payload.length} bytes)`;
}
