import type { TraceLine } from './trace-line.js';

/** Bounds of what a summary keeps of messages. The names of topics come from outside. */
const MOST_TOPICS = 20_000;
const MOST_BYTES = 6 * 1024 * 1024;

/**
 * What is left of events that a page does not get: the last state, the last figures, and the last message of each topic. It takes the same
 * memory however many events it stands for.
 */
export class Summary {
  /** How many events it stands for. */
  events = 0;
  #start: TraceLine | undefined;
  #state: TraceLine | undefined;
  #figures: TraceLine | undefined;
  #end: TraceLine | undefined;
  readonly #messages = new Map<string, TraceLine>();
  #bytes = 0;

  add(line: TraceLine): void {
    this.events++;
    switch (line.type) {
      case 'trace':
        this.#start = line;
        break;
      case 'state':
        this.#state = line;
        break;
      case 'figures':
        this.#figures = line;
        break;
      case 'end':
        this.#end = line;
        break;
      case 'packet':
        if (line.topic !== undefined) this.#addMessage(line.topic, line);
        break;
      default:
    }
  }

  /** Returns the lines that are left, in the order of their times. */
  lines(): readonly TraceLine[] {
    const single = [this.#start, this.#state, this.#figures, this.#end].filter(line => line !== undefined);
    return [...single, ...this.#messages.values()].sort((a, b) => a.at - b.at);
  }

  #addMessage(topic: string, message: TraceLine): void {
    // An older message of the topic is no longer its last one, even if the new one does not fit.
    const older = this.#messages.get(topic);
    if (older) {
      this.#messages.delete(topic);
      this.#bytes -= older.line.length;
    }
    const isFull = this.#messages.size === MOST_TOPICS || this.#bytes + message.line.length > MOST_BYTES;
    if (isFull) return;
    this.#messages.set(topic, message);
    this.#bytes += message.line.length;
  }
}
