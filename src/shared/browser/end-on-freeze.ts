import { type Observable, ignoreElements, merge, of, switchMap, tap } from 'rxjs';
import type { ChannelPort } from './channel-port.js';
import type { TabPlatform } from './platform.js';

/**
 * Ends a port when the browser freezes the page, so that no host waits for a tab that does not read, and no tab for a host that does not
 * answer. The client opens another port when the page runs again.
 */
export const endOnFreeze = (
  port$: Observable<ChannelPort>,
  { pageSignal$ }: Pick<TabPlatform, 'pageSignal$'>,
): Observable<ChannelPort> =>
  port$.pipe(
    switchMap(port =>
      merge(
        of(port),
        pageSignal$.pipe(
          tap(signal => {
            if (signal === 'freeze') port.end();
          }),
          ignoreElements(),
        ),
      ),
    ),
  );
