/** The script of the page that `startWatch` serves. The build bundles it with RxJS. */
import { catchError, throwError } from 'rxjs';
import { webSocket } from 'rxjs/webSocket';
import { mountInspector } from '../../inspector/index.js';
import { fromJsonLines } from '../../trace/lines/json-lines.js';

const lines$ = webSocket<string>({
  url: new URL('trace', location.href.replace(/^http/, 'ws')).href,
  deserializer: ({ data }) => data as string,
});

const sheet = new CSSStyleSheet();
sheet.replaceSync('body { margin: 0 } html { color-scheme: light dark; background: light-dark(#f4f3ee, #0d1311) }');
document.adoptedStyleSheets = [sheet];

mountInspector(
  document.body,
  lines$.pipe(
    catchError(() => throwError(() => new Error('the connection to rxjs-mqtt watch is lost; start it again'))),
    // A line that this page cannot read is of a later version of the format.
    fromJsonLines({ onDamaged: () => undefined }),
  ),
);
