import { type Observable, defer, filter, throwError } from 'rxjs';
import type { Client } from '../../client/client.js';
import type { MqttClient } from '../../client/mqtt-client.js';
import { MqttError } from '../../errors.js';
import { type SharedClientOptions, sharedClient } from '../tab/shared-client.js';
import type { ChannelPort } from './channel-port.js';
import { endOnFreeze } from './end-on-freeze.js';
import { leaderPorts } from './lead-in-page.js';
import { tabPlatform } from './platform.js';
import { type SharedWorkerLike, openWorkerPort } from './worker-ports.js';

/** Options of {@link sharedMqtt}: where the one client of all tabs runs, and the options of this tab. */
export interface SharedMqttOptions extends SharedClientOptions {
  /**
   * Starts the SharedWorker whose script calls {@link serveTabs}. It is not called where the browser has no SharedWorker. Bundlers find the
   * script if `new SharedWorker(new URL('./…', import.meta.url))` is written inside.
   */
  worker?: () => SharedWorkerLike;
  /**
   * Creates the client that one of the tabs, the leader, runs for all where there is no SharedWorker. It is called when this tab becomes the
   * leader, and must return a new client of `mqtt()`.
   */
  client?: () => MqttClient;
  /** Tabs of one origin share the leader of their `name`. Default `'default'`. */
  name?: string;
}

/**
 * Creates the client of a tab. All tabs of an origin share one connection to the broker, which is in a SharedWorker or in one of the tabs.
 *
 * The client has all members of {@link MqttClient}, and creating it opens nothing. `connection$` follows the connection that is shared.
 * `disconnect()` concerns this tab only; the connection ends after the last tab.
 *
 * @throws MqttError `INVALID_ARGUMENT` without `worker` and `client`, and for an option that belongs to the client that is shared.
 */
export function sharedMqtt({ worker, client, name = 'default', ...options }: SharedMqttOptions): MqttClient {
  if (worker === undefined && client === undefined) throw nothingToShare();
  const platform = tabPlatform();
  const closed$: Observable<unknown> = defer(() => shared.state$.pipe(filter(({ status }) => status === 'closed')));
  const chooseHost = (): (() => Observable<ChannelPort>) => {
    if (worker !== undefined && 'SharedWorker' in globalThis) return () => openWorkerPort(worker, platform);
    if (client !== undefined) return leaderPorts(name, client, closed$, platform);
    return () => throwError(noSharedWorker);
  };
  const openPort = chooseHost();
  const shared = sharedClient(() => endOnFreeze(openPort(), platform), options) as Client;
  return shared;
}

const nothingToShare = (): MqttError =>
  new MqttError(
    'INVALID_ARGUMENT',
    "sharedMqtt() needs option 'worker', which starts a SharedWorker, or option 'client', which creates a client in one of the tabs",
    { subject: 'worker' },
  );

const noSharedWorker = (): MqttError =>
  new MqttError(
    'NOT_SUPPORTED',
    "this browser has no SharedWorker; with option 'client', one of the tabs runs the client for all",
    { subject: 'worker' },
  );
