import type { TraceEvent } from '../../trace/trace-event.js';
import { EventStore, type StoreBounds } from './event-store.js';
import type { Inspection } from './inspection.js';
import type { OpenedTrace } from './open-trace.js';
import { Playhead } from './playhead.js';

/** Events that may wait for a frame. A page in the background has no frames, so what exceeds it is applied as it comes. */
const MOST_BEHIND = 5_000;
/** How much clocks of two machines differ in speed at most. */
const DRIFT = 1e-3;

/**
 * What is shown of which trace: the live one or one from a file, running or held at a moment. The live trace is recorded all the time, also
 * while it is held or a file is shown.
 */
export class Viewer {
  readonly #store: EventStore;
  readonly #live: Playhead;
  /** A moment before the one at which the live trace is held. */
  #scrubbed: Playhead | undefined;
  #opened: { readonly trace: OpenedTrace; readonly playhead: Playhead } | undefined;
  #isLiveHeld = false;
  #isOpenedPlaying = false;
  /** The time at which the live trace is held, or to which the opened one has come. */
  #position = 0;
  /** The time at which the live trace was held. */
  #heldAt = 0;
  readonly #clock = new LiveClock();
  #lastFrame = 0;
  /** Whether the live trace has ended. */
  hasEnded = false;

  constructor(bounds: StoreBounds) {
    this.#store = new EventStore(bounds);
    this.#live = new Playhead(this.#store);
  }

  /** Takes the next event of the live trace. `now` is the time of the clock that {@link advance} gets, too. */
  push(event: TraceEvent, now: number): void {
    this.#clock.see(event.at, now);
    this.#store.push(event);
    this.hasEnded = event.type === 'end';
    if (!this.#isLiveHeld && this.#live.behind > MOST_BEHIND) this.#live.advance(() => true);
  }

  get inspection(): Inspection {
    return this.#playhead.inspection;
  }

  /** The events of the trace that is shown. */
  get store(): EventStore {
    return this.#opened?.trace.store ?? this.#store;
  }

  get opened(): OpenedTrace | undefined {
    return this.#opened?.trace;
  }

  get isPlaying(): boolean {
    return this.#opened ? this.#isOpenedPlaying : !this.#isLiveHeld;
  }

  /** Events of the live trace since it was held. */
  get held(): number {
    return this.#isLiveHeld ? this.#live.behind : 0;
  }

  /** Events that were not kept until they could be shown. */
  get missed(): number {
    return this.#playhead.missed;
  }

  /** The time that is shown, in ms since the start of the trace. */
  position(now: number): number {
    if (this.#opened || this.#isLiveHeld) return this.#position;
    const { at, hasEnded } = this.#live.inspection;
    return hasEnded || this.hasEnded ? at : Math.max(at, this.#clock.read(now));
  }

  /** The times between which {@link seek} can go. */
  range(now: number): readonly [from: number, to: number] {
    const { from, to } = this.store;
    if (this.#opened) return [from, to];
    const end = this.#isLiveHeld ? this.#heldAt : this.position(now);
    return [Math.min(from, end), end];
  }

  pause(now: number): void {
    if (this.#opened) this.#isOpenedPlaying = false;
    else if (!this.#isLiveHeld) {
      this.#heldAt = this.#position = this.position(now);
      this.#isLiveHeld = true;
    }
  }

  /** Goes on: the live trace with what comes now, and an opened trace from where it is, or from its beginning if it is at its end. */
  play(): void {
    const { opened } = this;
    if (opened) {
      if (this.#position >= opened.store.to) this.seek(opened.store.from);
      this.#isOpenedPlaying = true;
      return;
    }
    this.#isLiveHeld = false;
    this.#scrubbed = undefined;
  }

  /** Shows a moment, and holds it there if the trace is live. */
  seek(at: number, now = 0): void {
    if (this.#opened) {
      this.#opened.playhead.seek(at);
    } else {
      this.pause(now);
      if (at >= this.#heldAt) this.#scrubbed = undefined;
      else (this.#scrubbed ??= new Playhead(this.#store)).seek(at);
    }
    this.#position = at;
  }

  /** Shows a trace from a file, from its end: so it shows all topics. */
  open(trace: OpenedTrace): void {
    this.#opened = { trace, playhead: new Playhead(trace.store) };
    this.#isOpenedPlaying = false;
    this.#position = trace.store.to;
  }

  /** Shows the live trace again. */
  close(): void {
    this.#opened = undefined;
    this.#position = this.#heldAt;
    this.#scrubbed = undefined;
  }

  /** Brings what is shown up to `now`, as far as there is time. Returns whether there was enough. */
  advance(now: number, hasTime: () => boolean): boolean {
    const passed = Math.max(0, now - this.#lastFrame);
    this.#lastFrame = now;
    if (this.#opened && this.#isOpenedPlaying) this.#playOpened(this.#opened.trace.store, passed);
    let isDone = true;
    if (this.#opened) isDone = this.#opened.playhead.advance(hasTime);
    else if (this.#scrubbed) isDone = this.#scrubbed.advance(hasTime);
    if (this.#isLiveHeld) return isDone;
    return this.#live.advance(hasTime) && isDone;
  }

  #playOpened({ to }: EventStore, passed: number): void {
    this.seek(Math.min(to, this.#position + passed));
    if (this.#position >= to) this.#isOpenedPlaying = false;
  }

  get #playhead(): Playhead {
    return this.#opened?.playhead ?? this.#scrubbed ?? this.#live;
  }
}

/** Knows the time of a trace between two of its events. */
class LiveClock {
  /** The least delay with which an event has come, besides the difference of the two clocks. */
  #delay = Infinity;
  #seenAt = 0;

  see(at: number, now: number): void {
    // The delay grows a little with time, because one of the clocks can be slower than the other.
    this.#delay = Math.min(this.#delay + (now - this.#seenAt) * DRIFT, now - at);
    this.#seenAt = now;
  }

  read(now: number): number {
    return now - this.#delay;
  }
}
