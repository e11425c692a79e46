import type { Packet } from '../../packets.js';
import { misuse } from '../marbles/failure.js';
import type { TracedLink } from './links.js';

/** A dash is one ms; longer times are written as such. */
const MOST_DASHES = 10;

/** The letters of marble diagrams: Latin, then Greek and Cyrillic. Digits could be read as times. */
const alphabet = [
  [0x61, 0x7a],
  [0x41, 0x5a],
  [0xc0, 0xd6],
  [0xd8, 0xf6],
  [0xf8, 0x17f],
  [0x3b1, 0x3c9],
  [0x410, 0x44f],
].flatMap(([first, last]) => Array.from({ length: last! - first! + 1 }, (_, i) => String.fromCodePoint(first! + i)));

/** Writes marble diagrams of what the broker sent. Equal packets have the same letter. */
export class DiagramWriter {
  readonly #letters = new Map<string, string>();
  readonly packets = new Map<string, Packet>();

  /** Returns the diagram of a link, from the moment in which it is open. */
  write({ openedAt, packets, brokenAt }: TracedLink): string {
    const signs = packets.map(({ at, packet }) => ({ at: at - openedAt, sign: this.#letterOf(packet) }));
    if (brokenAt !== undefined) signs.push({ at: brokenAt - openedAt, sign: '#' });
    let diagram = '';
    let drawnUntil = 0;
    for (let i = 0; i < signs.length;) {
      // What comes while a group is still being drawn joins the next one.
      const at = Math.max(signs[i]!.at, drawnUntil);
      const count = signs.slice(i).findIndex(other => other.at > at);
      const group = signs.slice(i, count < 0 ? undefined : i + count).map(({ sign }) => sign);
      diagram += gapOf(at - drawnUntil) + (group.length > 1 ? `(${group.join('')})` : group[0]!);
      drawnUntil = at + (group.length > 1 ? group.length + 2 : 1);
      i += group.length;
    }
    return diagram.replaceAll(/ {2,}/g, ' ').trim();
  }

  #letterOf(packet: Packet): string {
    const key = JSON.stringify(packet, (_, value: unknown) => (value instanceof Uint8Array ? [...value] : value));
    const known = this.#letters.get(key);
    if (known !== undefined) return known;
    const letter = alphabet[this.#letters.size];
    if (letter === undefined) {
      throw misuse(
        `the trace has more than ${alphabet.length} different packets of the broker, which is too much for a diagram; ` +
          "choose a part of it by the options 'from' and 'to'",
      );
    }
    this.#letters.set(key, letter);
    this.packets.set(letter, packet);
    return letter;
  }
}

function gapOf(ms: number): string {
  if (ms <= MOST_DASHES) return '-'.repeat(ms);
  const [minutes, seconds, rest] = [Math.floor(ms / 60_000), Math.floor(ms / 1000) % 60, ms % 1000];
  return ` ${[minutes && `${minutes}m`, seconds && `${seconds}s`, rest && `${rest}ms`].filter(Boolean).join(' ')} `;
}
