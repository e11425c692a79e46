import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import { type Point, extent, line } from './point';

const width = 72;
const height = 24;
/** ms from its left to its right. */
const span = 40_000;

@Component({
  selector: 'app-sparkline',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `<svg viewBox="0 0 ${width} ${height}" aria-hidden="true"><path [attr.d]="path()" /></svg>`,
  styles: `
    svg {
      display: block;
      width: 100%;
      overflow: visible;
    }

    path {
      fill: none;
      stroke: var(--warm);
      stroke-width: 1.5;
      stroke-linecap: round;
      stroke-linejoin: round;
    }
  `,
})
export class Sparkline {
  readonly points = input.required<readonly Point[]>();

  protected readonly path = computed(() => {
    const end = this.points().at(-1)?.at ?? 0;
    const points = this.points().filter(({ at }) => at > end - span);
    const [low, high] = extent(points, 1);
    return line(points, {
      x: at => width - ((end - at) / span) * width,
      y: value => height - 2 - ((value - low) / (high - low)) * (height - 4),
    });
  });
}
