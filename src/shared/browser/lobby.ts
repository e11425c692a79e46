import { Observable, noop } from 'rxjs';
import { ChannelPort } from './channel-port.js';
import { type Leading, type Welcome, tabMessageOf } from './messages.js';
import type { TabPlatform } from './platform.js';

/** The name of the lock that the leader holds, and of the channel on which tabs look for the leader. */
export const lobbyName = (group: string): string => `rxjs-mqtt:${group}`;

/** The name of the channel between a tab and the leader. Each tab has its own, so that the browser copies its messages to nobody else. */
export const portName = (tab: string, host: string): string => `${tab}:${host}`;

/**
 * Tells all tabs that `host` is the leader, and answers those that introduce themselves.
 *
 * Emits the port of each tab. Unsubscribing stops answering; the ports stay open.
 */
export function answerTabs(lobby: string, host: string, platform: TabPlatform): Observable<ChannelPort> {
  return new Observable(subscriber => {
    const channel = platform.openBroadcastChannel(lobby);
    const answered = new Set<string>();
    channel.onmessage = ({ data }) => {
      const message = tabMessageOf(data);
      if (message?.rxjsMqtt !== 'hello') return;
      const { tab } = message;
      // a tab repeats its question when it hears of a new leader
      if (!answered.has(tab)) {
        answered.add(tab);
        const port = new ChannelPort(platform.openBroadcastChannel(portName(tab, host)), tab, platform);
        subscriber.add(port.closed$.subscribe({ complete: () => answered.delete(tab), error: noop }));
        subscriber.next(port);
      }
      channel.postMessage({ rxjsMqtt: 'welcome', tab, host } satisfies Welcome);
    };
    channel.postMessage({ rxjsMqtt: 'leading', host } satisfies Leading);
    return () => channel.close();
  });
}
