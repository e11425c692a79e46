import { Observable } from 'rxjs';
import { MqttError } from '../../errors.js';
import { type Channel, ChannelPort } from './channel-port.js';
import { type Hello, tabMessageOf } from './messages.js';
import { holdOwnLock } from './own-lock.js';
import type { TabPlatform } from './platform.js';

/** The part of a SharedWorker that a tab uses. */
export interface SharedWorkerLike {
  /** Its MessagePort. */
  readonly port: object;
  /** Called with the event that tells that the worker could not be started. */
  onerror: unknown;
}

/**
 * Opens a port to the host in a SharedWorker, which starts unless another tab has started it.
 *
 * Emits the port when the worker has answered. Errors with `CONNECTION_FAILED` if the worker cannot be started, and with `NOT_SUPPORTED`
 * without Web Locks. Unsubscribing closes the port.
 */
export function openWorkerPort(startWorker: () => SharedWorkerLike, platform: TabPlatform): Observable<ChannelPort> {
  return holdOwnLock(platform, tab => introduceTo(startWorker, tab, platform));
}

function introduceTo(startWorker: () => SharedWorkerLike, tab: string, platform: TabPlatform): Observable<ChannelPort> {
  return new Observable(subscriber => {
    let worker: SharedWorkerLike;
    try {
      worker = startWorker();
    } catch (cause) {
      subscriber.error(workerFailed(`option 'worker' has thrown ${String(cause)}`, cause));
      return;
    }
    const port = worker.port as Channel;
    let opened: ChannelPort | undefined;
    worker.onerror = (event: Event) => subscriber.error(workerFailed(reasonOf(event)));
    port.onmessage = ({ data }) => {
      const message = tabMessageOf(data);
      if (message?.rxjsMqtt !== 'welcome') return;
      opened = new ChannelPort(port, message.host, platform);
      subscriber.next(opened);
    };
    port.postMessage({ rxjsMqtt: 'hello', tab } satisfies Hello);
    subscriber.add(() => {
      worker.onerror = null;
      (opened ?? port).close();
    });
  });
}

/** Browsers give the message of a script that throws, and none if the script cannot be loaded. */
const reasonOf = (event: Event): string =>
  (event as Partial<ErrorEvent>).message ?? 'its script was not loaded; look at the console of the browser';

const workerFailed = (reason: string, cause?: unknown): MqttError =>
  new MqttError('CONNECTION_FAILED', `the SharedWorker does not start: ${reason}`, { cause, retryable: true });
