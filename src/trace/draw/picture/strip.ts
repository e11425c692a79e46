import type { Axis, Item } from './axis.js';

/** A row in its picture: what it places on the time axis, and how it is painted when that is done. */
export interface Strip {
  /** px */
  readonly height: number;
  /** px that its name takes. */
  readonly nameWidth: number;
  readonly tracks: readonly (readonly Item[])[];
  /** Returns everything in it, for its upper edge at `top`. */
  paint(top: number, canvas: Canvas): string[];
}

export interface Canvas {
  readonly axis: Axis;
  /** px: between these the time runs. */
  readonly left: number;
  readonly right: number;
  /** The id of the pattern that fills the time without a connection. */
  readonly hatching: string;
}
