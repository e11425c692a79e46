import {
  type Observable,
  concatMap,
  distinctUntilChanged,
  from,
  groupBy,
  map,
  merge,
  mergeMap,
  sampleTime,
} from 'rxjs';
import { plain } from './style.js';
import { type Streams, newsLine, roomText } from './view.js';

/** Without a terminal: a line for each piece of news, and every few seconds one for each room that changed. */
export function asLines({ title, news$, rooms$ }: Streams, print: (line: string) => void): Observable<unknown> {
  print(`rxjs-mqtt  ${title}`);
  const room$ = rooms$.pipe(
    sampleTime(4000),
    concatMap(views => from(views.values())),
    groupBy(({ room }) => room),
    mergeMap(view$ =>
      view$.pipe(
        map(view => `         ${view.room.padEnd(10)} ${roomText(view)}`),
        distinctUntilChanged(),
      ),
    ),
  );
  return merge(news$.pipe(map(line => newsLine(line, plain))), room$).pipe(map(print));
}
