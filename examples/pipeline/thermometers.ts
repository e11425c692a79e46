import { type Observable, filter, ignoreElements, merge, of, switchMap, tap, timer } from 'rxjs';
import { json, mqtt$ } from './library.js';

const celsius = json<number>();

/** Simulates thermometers in three rooms, and the target temperature of the attic, with their own client, until you unsubscribe. */
export const thermometers = (url: string): Observable<never> =>
  mqtt$(url).pipe(
    switchMap(client => {
      const target$ = of({ topic: 'rooms/attic/target', payload: 19, retain: true });
      const readings$ = timer(0, 400).pipe(
        switchMap(tick =>
          ['attic', 'kitchen', 'cellar'].map((room, index) => ({
            topic: `rooms/${room}/temperature`,
            payload: 19 - index * 3 + 2 * Math.sin(tick / 12),
          })),
        ),
      );
      return merge(target$, readings$).pipe(client.publishAll<number>({ encode: celsius }));
    }),
    filter(({ status }) => status !== 'published'),
    tap(({ message, status }) => console.error(`${message.topic}: ${status}`)),
    ignoreElements(),
  );
