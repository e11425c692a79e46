import type { TraceEvent } from '../trace-event.js';
import { frameOf } from './trace-time.js';

/** Gives the events of a trace their places in the picture, so that each one is right of, or below, all that were before it. */
export class Places {
  #frame = 0;
  #place = 0;
  readonly #taken = new Map<string, number>();

  /** Returns the moment and the place of the next event, which takes room on these tracks. */
  next(event: TraceEvent, ...tracks: readonly string[]): { readonly frame: number; readonly place: number } {
    // The clock of a scheduler that is not of this library may go back.
    const frame = Math.max(frameOf(event), this.#frame);
    if (frame !== this.#frame) {
      this.#frame = frame;
      this.#place = 0;
      this.#taken.clear();
    }
    for (const track of tracks) this.#place = Math.max(this.#place, (this.#taken.get(track) ?? -1) + 1);
    for (const track of tracks) this.#taken.set(track, this.#place);
    return { frame, place: this.#place };
  }
}
