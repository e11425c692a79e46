import { ReplaySubject, fromEvent, map } from 'rxjs';
import type { MqttClient } from '../../client/mqtt-client.js';
import { reportUnhandled } from '../../client/trampoline.js';
import { MqttError } from '../../errors.js';
import { type HostOptions, hostClient } from '../host/host-client.js';
import { acceptTabs } from './accept-tabs.js';
import { type Channel, tabPlatform } from './platform.js';

/**
 * Shares a client with all tabs that start this SharedWorker: {@link sharedMqtt} is its counterpart in the page. Call it when the script of
 * the worker is loaded, and not after an `await`, because a tab that has connected before is not heard.
 *
 * The client connects for the first tab, and disconnects after the last one. You can use it in the worker, too.
 *
 * @param client - a client that `mqtt()` has made.
 * @param options - see {@link HostOptions}.
 * @throws MqttError `NOT_SUPPORTED` outside of a SharedWorker, and `INVALID_ARGUMENT` for another object than a client of `mqtt()`.
 */
export function serveTabs(client: MqttClient, options?: HostOptions): void {
  const scope = globalThis as Partial<EventTarget>;
  if (!('onconnect' in scope)) {
    throw new MqttError(
      'NOT_SUPPORTED',
      "serveTabs() works in the script of a SharedWorker; call sharedMqtt() in the page, with an option 'worker' that starts this script",
    );
  }
  const host = hostClient(client, options);
  const channel$ = new ReplaySubject<Channel>(Infinity);
  fromEvent<MessageEvent>(scope as EventTarget, 'connect')
    .pipe(map(({ ports }) => ports[0]!))
    .subscribe(channel$);
  acceptTabs(channel$, tabPlatform()).subscribe({ next: port => host.accept(port), error: reportUnhandled });
}
