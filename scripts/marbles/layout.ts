/** Something that takes room on a track at a moment: a packet on the wire, a value on a stream. */
export interface Item {
  readonly frame: number;
  /** px to the left and to the right of its x. */
  readonly left: number;
  readonly right: number;
  /** How many places of its moment are left to others before it. Default 0. */
  readonly after?: number;
}

export interface Axis {
  /** Where an item stands. */
  x(item: Item): number;
  /** The first and the last place of each moment in which something happens. */
  readonly moments: readonly { readonly frame: number; readonly from: number; readonly to: number }[];
  readonly right: number;
}

const gap = 6;
const pxPerTick = 20;
const widestWait = 120;

/** Whether time runs faster there than elsewhere in the drawing. */
export const isCompressed = (ms: number, tick: number): boolean => (ms / tick) * pxPerTick > 2 * widestWait;

/**
 * A time axis on which no two things of a track overlap: time is stretched where much happens, and compressed where nothing does.
 * What happens in one moment on one track stands side by side, in its order.
 */
export function layOut(tracks: readonly (readonly Item[])[], start: number, tick: number): Axis {
  const places = new Map<Item, { frame: number; nth: number; track: number }>();
  const stops = new Map<number, Item[][]>();
  tracks.forEach((items, track) => {
    let before: Item | undefined;
    let nth = 0;
    for (const item of items) {
      nth = before?.frame === item.frame ? nth + 1 : (item.after ?? 0);
      before = item;
      places.set(item, { frame: item.frame, nth, track });
      const stop = stops.get(item.frame) ?? [];
      (stop[nth] ??= []).push(item);
      stops.set(item.frame, stop);
    }
  });

  const xs = new Map<Item, number>();
  const rights = tracks.map(() => start);
  const moments: { frame: number; from: number; to: number }[] = [];
  let x = start;
  let now = Math.min(...stops.keys());
  for (const frame of [...stops.keys()].sort((a, b) => a - b)) {
    const stop = stops.get(frame)!;
    let from: number | undefined;
    for (const items of Array.from(stop, items => items ?? [])) {
      let next = from === undefined ? x + Math.min(((frame - now) / tick) * pxPerTick, widestWait) : x;
      for (const item of items) next = Math.max(next, rights[places.get(item)!.track]! + gap + item.left);
      x = Math.ceil(next);
      from ??= x;
      for (const item of items) {
        xs.set(item, x);
        rights[places.get(item)!.track] = x + item.right;
      }
    }
    moments.push({ frame, from: from!, to: x });
    now = frame;
  }
  return { x: item => xs.get(item)!, moments, right: Math.max(x, ...rights) };
}
