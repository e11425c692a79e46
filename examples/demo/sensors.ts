import { type Observable, type SchedulerLike, asyncScheduler, map, merge, scan, timer } from 'rxjs';
import { type Kind, type Reading, type Room, kinds, period, rooms } from './readings.js';

/** A day in a few seconds: what a sensor of a room shows at its n-th reading; `noise` is chance, from -1 to 1. */
const models: Record<Kind, (room: Room, n: number, noise: number) => number> = {
  temperature(room, n, noise) {
    const [mean, swing] = { kitchen: [22.2, 3.2], bedroom: [18.5, 0.8], office: [21.4, 1.2] }[room] as [number, number];
    return mean - swing * Math.cos((n / 60) * 2 * Math.PI) + 0.3 * noise;
  },
  humidity: (room, n, noise) =>
    ({ kitchen: 52, bedroom: 58, office: 44 })[room] + 6 * Math.sin((n / 60) * 2 * Math.PI) + noise,
  power(room, n, noise) {
    const base = { kitchen: 140, bedroom: 25, office: 260 }[room];
    const kettle = room === 'kitchen' && n % 60 >= 40 && n % 60 < 50 ? 1800 : 0;
    return base * (1 + 0.05 * noise) + kettle;
  },
};

/** All sensors of the house. The same seed gives the same readings, tick by tick. */
export function sensors(seed: number, scheduler: SchedulerLike = asyncScheduler): Observable<Reading> {
  const all = rooms.flatMap(room => kinds.map(kind => ({ room, kind })));
  return merge(
    ...all.map(({ room, kind }, index) =>
      // each begins a little later than the one before, so that they do not speak all at once
      timer((index * period) / all.length, period, scheduler).pipe(
        scan(state => random(state), hash(seed + index)),
        map((state, seq) => {
          const noise = (state / 2 ** 32) * 2 - 1;
          return { room, kind, seq, value: Math.round(models[kind](room, seq, noise) * 10) / 10 };
        }),
      ),
    ),
  );
}

/** One step of a linear congruential generator: enough for noise, and no more. */
const random = (state: number) => (Math.imul(state, 1664525) + 1013904223) >>> 0;
const hash = (seed: number) => random(Math.imul(seed + 1, 2654435761));
