import { Observable } from 'rxjs';
import { MqttError } from '../../errors.js';
import { ChannelPort } from './channel-port.js';
import { type Hello, tabMessageOf } from './messages.js';
import { holdOwnLock } from './own-lock.js';
import type { Channel, TabPlatform } from './platform.js';

/** ms until a worker must have answered. Its script may have to be loaded first. Browsers do not tell a page that it throws. */
const START_TIMEOUT = 30_000;

/** The part of a SharedWorker that a tab uses. */
export interface SharedWorkerLike {
  /** The tab and the worker exchange their messages over this MessagePort. It is an `object`, so that any DOM types fit. */
  readonly port: object;
  /** Called with the event that tells that the worker could not be started. */
  onerror: unknown;
}

/**
 * Opens a port to the host in a SharedWorker, which starts unless another tab has started it.
 *
 * Emits the port when the worker has answered. Errors with `CONNECTION_FAILED` if the worker cannot be started, or has not answered after
 * 30 s, and with `NOT_SUPPORTED` without Web Locks. Unsubscribing closes the port.
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
      waiting.unsubscribe();
      opened = new ChannelPort(port, message.host, platform);
      subscriber.next(opened);
    };
    const waiting = platform.scheduler.schedule(() => subscriber.error(workerFailed(SILENT)), START_TIMEOUT);
    port.postMessage({ rxjsMqtt: 'hello', tab } satisfies Hello);
    subscriber.add(() => {
      waiting.unsubscribe();
      worker.onerror = null;
      (opened ?? port).close();
    });
  });
}

const SILENT = `it has not answered in ${START_TIMEOUT / 1000} s; look at its console, and whether its script calls serveTabs()`;

/** Browsers give the message of a script that throws, and none if the script cannot be loaded. */
const reasonOf = (event: Event): string =>
  (event as Partial<ErrorEvent>).message ?? 'its script was not loaded; look at the console of the browser';

const workerFailed = (reason: string, cause?: unknown): MqttError =>
  new MqttError('CONNECTION_FAILED', `the SharedWorker does not start: ${reason}`, { cause, retryable: true });
