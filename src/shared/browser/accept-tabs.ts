import { Observable, mergeMap } from 'rxjs';
import { ChannelPort } from './channel-port.js';
import { type Welcome, tabMessageOf } from './messages.js';
import { holdOwnLock } from './own-lock.js';
import type { Channel, TabPlatform } from './platform.js';

/**
 * Answers the tabs that introduce themselves on the given channels, as a SharedWorker gets them. It answers none before it holds the lock
 * by which the tabs notice its end.
 *
 * Emits the port of each tab. Errors with `NOT_SUPPORTED` without Web Locks. Unsubscribing gives the lock back.
 */
export function acceptTabs(channel$: Observable<Channel>, platform: TabPlatform): Observable<ChannelPort> {
  return holdOwnLock(platform, host => channel$.pipe(mergeMap(channel => acceptTab(channel, host, platform))));
}

function acceptTab(channel: Channel, host: string, platform: TabPlatform): Observable<ChannelPort> {
  return new Observable(subscriber => {
    channel.onmessage = ({ data }) => {
      const message = tabMessageOf(data);
      if (message?.rxjsMqtt !== 'hello') return;
      const port = new ChannelPort(channel, message.tab, platform);
      channel.postMessage({ rxjsMqtt: 'welcome', tab: message.tab, host } satisfies Welcome);
      subscriber.next(port);
      subscriber.complete();
    };
  });
}
