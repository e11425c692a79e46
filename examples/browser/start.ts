import { createInterface } from 'node:readline';
import { exhaustMap, fromEvent, tap, timer } from 'rxjs';
import { startSite } from './site.js';

// npm run page: the page with a broker and two sensors; PORT=8080 npm run page on a port of your choice
const port = Number(process.env.PORT ?? 4400);
const site = await startSite(port).catch((error: unknown) => {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
  console.error(`Port ${port} is in use: PORT=${port + 1} npm run page takes another`);
  process.exit(1);
});
console.log(`The page is at ${site.url} (Enter cuts the broker for 8 s, Ctrl-C ends it)`);

const input = createInterface(process.stdin);
const cuts = fromEvent(input, 'line')
  .pipe(
    tap(() => site.broker.cut()),
    tap(() => console.log('The broker is cut')),
    exhaustMap(() => timer(8000)),
  )
  .subscribe({
    next() {
      site.broker.mend();
      console.log('The broker is back');
    },
    error: console.error,
  });

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    cuts.unsubscribe();
    input.close();
    void site.close();
  });
}
