import { createInterface } from 'node:readline';
import { exhaustMap, fromEvent, tap, timer } from 'rxjs';
import { startSite } from './site.js';

// npm run page: serves the page with a broker and two sensors; PORT=8080 npm run page selects the port
const port = Number(process.env.PORT ?? 4400);
const site = await startSite(port).catch((error: unknown) => {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
  console.error(`Port ${port} is in use; choose another one: PORT=${port + 1} npm run page`);
  process.exit(1);
});
console.log(`Open ${site.url}. Press Enter to cut the broker off for 8 s, Ctrl-C to stop.`);

const input = createInterface(process.stdin);
const cuts = fromEvent(input, 'line')
  .pipe(
    tap(() => site.broker.cut()),
    tap(() => console.log('The broker is cut off')),
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
