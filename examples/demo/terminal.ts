import type { WriteStream } from 'node:tty';
import { type Observable, auditTime, combineLatest, defer, filter, finalize, map, scan, startWith, tap } from 'rxjs';
import type { News } from './news.js';
import type { Style } from './style.js';
import { type Streams, frame, newsShown, tableHeight } from './view.js';

const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';
const noWrap = '\x1b[?7l';
const wrap = '\x1b[?7h';
const clearLine = '\x1b[K';
const clearBelow = '\x1b[J';
const up = (lines: number) => (lines > 0 ? `\x1b[${lines}A` : '') + '\r';

/** The live view: redraws in place, and leaves the terminal as it was, however the process ends. */
export const onTerminal = (streams: Streams, out: WriteStream, style: Style): Observable<unknown> =>
  defer(() => {
    const restore = () => out.write(showCursor + wrap);
    let height = 0;
    const draw = (lines: readonly string[]) => {
      const fitting = lines.slice(0, out.rows - 1);
      out.write(up(height) + fitting.map(line => `${line}${clearLine}\n`).join('') + clearBelow);
      height = fitting.length;
    };
    process.once('exit', restore);
    out.write(hideCursor + noWrap);
    return snapshots(streams).pipe(
      tap(seen => draw(frame(seen, style))),
      finalize(() => {
        out.write(up(Math.min(height, tableHeight)) + clearBelow); // the final table comes in its place
        process.off('exit', restore);
        restore();
      }),
    );
  });

/** All that is to be seen, four times a second at most: an eye follows no more, and the figures change at every message. */
const snapshots = ({ title, clock$, publisher$, consumer$, rooms$, news$, ledger$ }: Streams) =>
  combineLatest({
    clock: clock$,
    publisher: publisher$,
    consumer: consumer$,
    rooms: rooms$,
    news: news$.pipe(
      filter(({ minor }) => !minor),
      scan((news: readonly News[], next) => [...news, next].slice(-newsShown), []),
      startWith([]),
    ),
    ledger: ledger$,
  }).pipe(
    auditTime(250),
    map(seen => ({ title, ...seen })),
  );
