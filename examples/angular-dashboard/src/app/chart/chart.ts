import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  type ElementRef,
  afterNextRender,
  computed,
  inject,
  input,
  signal,
  viewChild,
} from '@angular/core';
import { type Point, type Scale, area, extent, line } from './point';

/** ms that the chart shows. */
const span = 60_000;
const margin = { top: 10, right: 14, bottom: 24, left: 44 };

/** Draws a line that moves to the left with time. */
@Component({
  selector: 'app-chart',
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './chart.html',
  styleUrl: './chart.css',
})
export class Chart {
  readonly title = input.required<string>();
  readonly unit = input.required<string>();
  readonly points = input.required<readonly Point[]>();
  /** The smallest range of values that the chart shows. */
  readonly room = input(4);
  readonly height = input(180);

  private readonly figure = viewChild.required<ElementRef<HTMLElement>>('figure');
  private readonly moving = viewChild.required<ElementRef<SVGGElement>>('moving');

  protected readonly id = `chart-${next++}`;
  protected readonly margin = margin;
  protected readonly width = signal(600);
  protected readonly right = computed(() => this.width() - margin.right);
  protected readonly bottom = computed(() => this.height() - margin.bottom);
  readonly #perMs = computed(() => (this.right() - margin.left) / span);

  protected readonly last = computed(() => this.points().at(-1));
  readonly #shown = computed(() => {
    const from = (this.last()?.at ?? 0) - span - 5000;
    return this.points().filter(({ at }) => at > from);
  });

  protected readonly ticks = computed(() => {
    const [low, high] = extent(this.#shown(), this.room());
    const step = [0.5, 1, 2, 5, 10, 20].find(step => (high - low) / step <= 4) ?? 50;
    const first = Math.floor(low / step);
    const count = Math.ceil(high / step) - first;
    return Array.from({ length: count + 1 }, (_, i) => (first + i) * step);
  });

  /** The line at the time of its last point. It moves as a whole until the next point. */
  readonly #scale = computed((): Scale => {
    const ticks = this.ticks();
    const [low = 0, high = 1] = [ticks[0], ticks.at(-1)];
    const [bottom, right, perMs] = [this.bottom(), this.right(), this.#perMs()];
    const end = this.last()?.at ?? 0;
    return {
      x: at => right - (end - at) * perMs,
      y: value => bottom - ((value - low) / (high - low)) * (bottom - margin.top),
    };
  });

  protected readonly line = computed(() => line(this.#shown(), this.#scale()));
  protected readonly area = computed(() => area(this.#shown(), this.#scale(), this.bottom()));
  protected readonly y = (value: number): number => this.#scale().y(value);
  protected readonly marks = computed(() => {
    const width = this.right() - margin.left;
    const seconds = width > 360 ? [60, 45, 30, 15] : [60, 30];
    return seconds.map(ago => ({ text: `${ago} s ago`, x: this.right() - (width * ago) / 60 }));
  });

  protected readonly summary = computed(() => {
    const last = this.last();
    if (last === undefined) return `${this.title()}: nothing was heard yet`;
    const values = this.#shown().map(({ value }) => value);
    const [low, high] = [Math.min(...values), Math.max(...values)].map(value => value.toFixed(1));
    return `${this.title()} of the last minute: from ${low} to ${high} ${this.unit()}, now ${last.value.toFixed(1)}`;
  });

  constructor() {
    const destroyRef = inject(DestroyRef);
    afterNextRender(() => {
      const observer = new ResizeObserver(([entry]) => this.width.set(Math.max(240, entry?.contentRect.width ?? 0)));
      observer.observe(this.figure().nativeElement);
      let frame = requestAnimationFrame(function move(this: void) {
        draw();
        frame = requestAnimationFrame(move);
      });
      const draw = () => this.#move();
      destroyRef.onDestroy(() => {
        observer.disconnect();
        cancelAnimationFrame(frame);
      });
    });
  }

  /** Runs sixty times a second, outside of change detection, which has nothing to do for it. */
  #move(): void {
    const since = Date.now() - (this.last()?.at ?? Date.now());
    this.moving().nativeElement.setAttribute('transform', `translate(${(-since * this.#perMs()).toFixed(2)} 0)`);
  }
}

let next = 0;
