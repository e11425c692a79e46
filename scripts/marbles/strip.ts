import type { Axis, Item } from './layout.js';

/** A row of a drawing: what it has to place on the time axis, and how it is painted when that is done. */
export interface Strip {
  /** px */
  readonly height: number;
  readonly tracks: readonly (readonly Item[])[];
  /** Everything in it, for its upper edge at `top`. */
  paint(top: number, canvas: Canvas): string[];
}

export interface Canvas {
  readonly axis: Axis;
  /** px: between these the time runs. */
  readonly left: number;
  readonly right: number;
}
