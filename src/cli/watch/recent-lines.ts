import { Summary } from './summary.js';
import type { TraceLine } from './trace-line.js';

/** What is kept for pages that are opened later: about the last minute, within bounds. */
const MOST_LINES = 30_000;
const MOST_CHARACTERS = 6 * 1024 * 1024;
const LONGEST = 60_000;

/** The lines of the last minute, and a summary of those before. A page that is opened or loaded anew begins with them. */
export class RecentLines {
  readonly #older = new Summary();
  #lines: TraceLine[] = [];
  /** The index of the oldest line that counts. */
  #first = 0;
  #characters = 0;

  add(line: TraceLine): void {
    this.#lines.push(line);
    this.#characters += line.line.length;
    while (this.#isTooMuch(line.at)) this.#drop();
    if (this.#first > 1_024 && this.#first > this.#lines.length / 2) {
      this.#lines = this.#lines.slice(this.#first);
      this.#first = 0;
    }
  }

  lines(): readonly TraceLine[] {
    return [...this.#older.lines(), ...this.#lines.slice(this.#first)];
  }

  #isTooMuch(now: number): boolean {
    const count = this.#lines.length - this.#first;
    if (count <= 1) return false;
    return count > MOST_LINES || this.#characters > MOST_CHARACTERS || this.#lines[this.#first]!.at < now - LONGEST;
  }

  #drop(): void {
    const line = this.#lines[this.#first]!;
    this.#first++;
    this.#characters -= line.line.length;
    this.#older.add(line);
  }
}
