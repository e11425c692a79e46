import { Observable, Subscription, interval, noop } from 'rxjs';
import { ChannelPort } from './channel-port.js';
import type { Leadership } from './leadership.js';
import { lobbyName, portName } from './lobby.js';
import { type Hello, type TabMessage, tabMessageOf } from './messages.js';
import { holdOwnLock } from './own-lock.js';
import type { TabPlatform } from './platform.js';

/**
 * ms for which the leader may leave a tab without an answer. A leader that closes or crashes gives its lock back sooner. So this time is
 * for one that is frozen, or so busy that it is of no use.
 */
const PATIENCE = 5_000;

/**
 * Opens a port to the tab that leads the group. This tab applies for the lead, too, and leads if nobody else does.
 *
 * Emits the port when the leader has answered. The port is closed when another tab becomes the leader. Errors with `NOT_SUPPORTED` without
 * Web Locks, and if this tab is to lead and cannot. Unsubscribing closes the port.
 */
export function openLeaderPort(group: string, leadership: Leadership, platform: TabPlatform): Observable<ChannelPort> {
  return holdOwnLock(platform, tab => {
    const hello: Hello = { rxjsMqtt: 'hello', tab };
    return new Observable(subscriber => {
      const lobby = platform.openBroadcastChannel(lobbyName(group));
      let opened: { readonly host: string; readonly port: ChannelPort } | undefined;
      let patience = Subscription.EMPTY;
      const greet = (): void => {
        patience.unsubscribe();
        patience = interval(PATIENCE, platform.scheduler).subscribe({ next: () => leadership.steal(), error: noop });
        lobby.postMessage(hello);
      };
      const handle = (message: TabMessage | undefined): void => {
        if (message?.rxjsMqtt === 'leading') {
          if (opened === undefined) greet();
          else if (message.host !== opened.host) opened.port.end();
        } else if (message?.rxjsMqtt === 'welcome' && message.tab === tab && opened === undefined) {
          patience.unsubscribe();
          const { host } = message;
          const port = new ChannelPort(platform.openBroadcastChannel(portName(tab, host)), host, platform);
          opened = { host, port };
          subscriber.next(port);
        }
      };
      lobby.onmessage = ({ data }) => handle(tabMessageOf(data));
      subscriber.add(() => {
        patience.unsubscribe();
        lobby.close();
        opened?.port.close();
      });
      subscriber.add(leadership.failure$.subscribe({ next: error => subscriber.error(error), error: noop }));
      leadership.apply();
      greet();
    });
  });
}
