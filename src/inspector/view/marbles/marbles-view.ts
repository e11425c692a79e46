import { type Observable, Subject, type Subscription } from 'rxjs';
import { SPAN, lanes } from '../../model/timeline.js';
import type { Viewer } from '../../model/viewer.js';
import { type Palette, element, listen, setAttribute, setText } from '../dom.js';
import { MarblesScale, drawMarbles } from './draw-marbles.js';
import { time } from '../format.js';

/** A part of the last minute that a user has chosen. */
export interface Moment {
  readonly from: number;
  readonly to: number;
}

/** Places beside a click that are looked at when there is nothing at it. */
const NEAR = 2;

const legend = [
  ['●', 'message', 'message'],
  ['○', 'ack', 'acknowledgement'],
  ['■', 'subscription', 'subscription'],
  ['◆', 'ping', 'ping'],
  ['▮', 'control', 'other'],
  ['✕', 'bad', 'error'],
  ['▲', 'busy', 'warning'],
] as const;

/** The marbles of the last minute, on a canvas. The arrow keys move a cursor over them, and a click sets it. */
export class MarblesView {
  readonly #canvas = element('canvas', {
    class: 'marbles',
    tabindex: '0',
    role: 'slider',
    'aria-label': 'Moment of the last minute',
    'aria-orientation': 'horizontal',
    'aria-valuemin': '-60',
    'aria-valuemax': '0',
  });
  readonly #range = element('span', { class: 'soft small' });
  readonly element = element(
    'section',
    { class: 'card minute', 'aria-label': 'The last minute' },
    element(
      'header',
      {},
      element('h2', {}, 'Last minute'),
      this.#range,
      element(
        'div',
        { class: 'legend', 'aria-hidden': 'true' },
        ...legend.map(([sign, colour, name]) => {
          const mark = element('span', {}, sign);
          // A style attribute would need a Content Security Policy that allows it.
          mark.style.color = `var(--${colour})`;
          return element('span', {}, mark, name);
        }),
      ),
    ),
    this.#canvas,
  );
  readonly #moment$ = new Subject<Moment | undefined>();
  /** The moment that a user has chosen, or undefined when it is given up. */
  readonly moment$: Observable<Moment | undefined> = this.#moment$;
  readonly #viewer: Viewer;
  #scale = new MarblesScale(0);
  /** The time at the right edge of what was drawn last, where a user clicks. */
  #shownAt = 0;
  #moment: Moment | undefined;

  constructor(viewer: Viewer) {
    this.#viewer = viewer;
  }

  connect(): Subscription {
    const subscription = listen<MouseEvent>(this.#canvas, 'click', ({ offsetX }) => {
      const place = Math.floor(this.#scale.at(offsetX, this.#shownAt) / this.#scale.place);
      this.#choose(this.#nearest(place));
    });
    subscription.add(
      listen<KeyboardEvent>(this.#canvas, 'keydown', event => {
        if (event.altKey || event.ctrlKey || event.metaKey) return;
        const place = this.#placeAfter(event.key);
        if (place === undefined) return;
        event.preventDefault();
        this.#choose(place === 'none' ? undefined : place);
      }),
    );
    return subscription;
  }

  /** Gives the cursor up, for example when another trace is shown. */
  clear(): void {
    this.#moment = undefined;
  }

  render(now: number, palette: Palette): void {
    const { inspection, isPlaying, opened } = this.#viewer;
    const isLive = isPlaying && !opened;
    this.#shownAt = now;
    const { startedAt, timeline } = inspection;
    const label = (at: number) => {
      if (!isLive) return time(at, startedAt);
      const ago = Math.round((now - at) / 1_000);
      return ago === 0 ? 'now' : `${ago} s`;
    };
    this.#scale = drawMarbles(this.#canvas, { timeline, now, cursor: this.#moment?.from, label }, palette);
  }

  /** Updates what is text, which happens less often than the marbles move. */
  renderText(now: number): void {
    const { startedAt } = this.#viewer.inspection;
    setText(this.#range, startedAt === undefined && now === 0 ? '' : `up to ${time(now, startedAt)}`);
    const moment = this.#moment;
    setAttribute(this.#canvas, 'aria-valuenow', String(moment ? Math.round((moment.from - now) / 1_000) : 0));
    setAttribute(this.#canvas, 'aria-valuetext', moment ? time(moment.from, startedAt) : 'no moment is chosen');
  }

  #choose(place: number | undefined): void {
    const { place: ms } = this.#scale;
    this.#moment = place === undefined ? undefined : { from: place * ms, to: (place + 1) * ms };
    this.#moment$.next(this.#moment);
  }

  #placeAfter(key: string): number | 'none' | undefined {
    const { place } = this.#scale;
    const last = Math.floor(this.#shownAt / place);
    const first = Math.max(0, Math.ceil((this.#shownAt - SPAN) / place));
    const current = this.#moment ? Math.floor(this.#moment.from / place) : undefined;
    const moved = (by: number) => Math.min(last, Math.max(first, (current ?? last - Math.min(by, 0)) + by));
    switch (key) {
      case 'ArrowLeft':
      case 'ArrowDown':
        return moved(-1);
      case 'ArrowRight':
      case 'ArrowUp':
        return moved(1);
      case 'PageDown':
        return moved(-10);
      case 'PageUp':
        return moved(10);
      case 'Home':
        return first;
      case 'End':
        return last;
      case 'Escape':
        return 'none';
      default:
        return undefined;
    }
  }

  /** Returns the place with a mark that is nearest, or the place itself. */
  #nearest(place: number): number {
    for (let distance = 0; distance <= NEAR; distance++)
      for (const each of [place - distance, place + distance]) if (this.#hasMarks(each)) return each;
    return place;
  }

  #hasMarks(place: number): boolean {
    const { cells } = this.#scale;
    const { timeline } = this.#viewer.inspection;
    return lanes.some(({ marks }, lane) =>
      marks.some((_, mark) => timeline.count(lane, mark, place * cells, cells) > 0),
    );
  }
}
