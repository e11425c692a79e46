import type { Mark } from './rows.js';

/** Something that takes room on a track at a moment: a packet on the wire, a value on a stream. */
export interface Item extends Mark {
  /** px to the left and to the right of its x. */
  readonly left: number;
  readonly right: number;
}

export interface Axis {
  /** Where an item stands. */
  x(item: Item): number;

  /** The first and the last place of each moment in which something happens. */
  readonly moments: readonly Moment[];
  readonly right: number;
}

interface Moment {
  readonly frame: number;
  readonly from: number;
  readonly to: number;
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
  const trackOf = new Map<Item, number>();
  const stops = new Map<number, Item[][]>();
  tracks.forEach((items, track) => {
    let before: Item | undefined;
    let place = 0;
    for (const item of items) {
      place = Math.max(item.place ?? 0, before?.frame === item.frame ? place + 1 : 0);
      before = item;
      trackOf.set(item, track);
      const stop = stops.get(item.frame) ?? [];
      (stop[place] ??= []).push(item);
      stops.set(item.frame, stop);
    }
  });

  const xs = new Map<Item, number>();
  const rights = tracks.map(() => start);
  const moments: Moment[] = [];
  const frames = [...stops.keys()].sort((a, b) => a - b);
  let x = start;
  let now = frames[0] ?? 0;
  for (const frame of frames) {
    let from: number | undefined;
    for (const items of Array.from(stops.get(frame)!, items => items ?? [])) {
      let next = from === undefined ? x + Math.min(((frame - now) / tick) * pxPerTick, widestWait) : x;
      for (const item of items) next = Math.max(next, rights[trackOf.get(item)!]! + gap + item.left);
      x = Math.ceil(next);
      from ??= x;
      for (const item of items) {
        xs.set(item, x);
        rights[trackOf.get(item)!] = x + item.right;
      }
    }
    moments.push({ frame, from: from!, to: x });
    now = frame;
  }
  return { x: item => xs.get(item)!, moments, right: rights.reduce((a, b) => Math.max(a, b), x) };
}
