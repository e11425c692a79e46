import { type Observable, Subscription, defer, delay, merge, noop, of, switchMap, take, takeUntil, tap } from 'rxjs';
import type { MqttClient } from '../../client/mqtt-client.js';
import { hostClient } from '../host/host-client.js';
import type { ChannelPort } from './channel-port.js';
import { openLeaderPort } from './leader-ports.js';
import { Leadership, type TabHost } from './leadership.js';
import type { TabPlatform } from './platform.js';

/** ms for which a leader that resigns still reads: the last messages of its own tab have been posted, and have not arrived. */
const LAST_MESSAGES = 100;

/**
 * Returns what opens a port to the leader, which may be this tab. While the client of this tab is open, the tab is a candidate; it resigns
 * when the client is closed, and when the page is left or frozen.
 *
 * @param closed$ - emits when the client of this tab is closed.
 */
export function leaderPorts(
  group: string,
  createClient: () => MqttClient,
  closed$: Observable<unknown>,
  platform: TabPlatform,
): () => Observable<ChannelPort> {
  const leadership = new Leadership(group, () => hostInPage(createClient(), platform), platform);
  const end$ = merge(
    platform.pageSignal$.pipe(
      tap(() => leadership.abandon()),
      takeUntil(closed$),
    ),
    closed$.pipe(
      take(1),
      tap(() => leadership.resign()),
    ),
  );
  let listening = Subscription.EMPTY;
  return () =>
    defer(() => {
      if (listening.closed) listening = end$.subscribe({ error: noop });
      return openLeaderPort(group, leadership, platform);
    });
}

function hostInPage(client: MqttClient, { scheduler }: TabPlatform): TabHost {
  const host = hostClient(client);
  return {
    accept: port => host.accept(port),
    leave: () =>
      of(undefined).pipe(
        delay(LAST_MESSAGES, scheduler),
        tap(() => host.close()),
        switchMap(() => client.disconnect()),
      ),
    close: () => host.close(),
  };
}
