import { Observable } from 'rxjs';
import type { MqttError } from '../../errors.js';
import type { ConnectionState } from '../../state.js';

/** Of the failed attempts, the first one is logged, and each whose number is a multiple of this. */
const LOG_INTERVAL = 10;

type Reconnecting = Extract<ConnectionState, { status: 'reconnecting' }>;

/**
 * Writes to the console while nobody is subscribed to `connection$`: the first failed attempt, every tenth one, and the recovery after a
 * failure that was logged. The loss of a connection that was not stable counts as a failure. Lives with the client.
 */
export class FailureLog {
  readonly #warn: (text: string) => void;
  #listeners = 0;
  /** Whether a CONNACK has accepted this client at least once. */
  #hasConnected = false;
  /** Failures since the last connection that was stable. */
  #failures = 0;
  /** Whether the attempt or connection that has just ended counts as a failure. */
  #hasFailed = false;
  /** Whether a failure was logged whose recovery was not. */
  #isLogged = false;

  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  /** Returns the same states. Nothing is logged while they have a subscriber. */
  countListeners(state$: Observable<ConnectionState>): Observable<ConnectionState> {
    return new Observable(subscriber => {
      this.#listeners++;
      subscriber.add(() => this.#listeners--);
      state$.subscribe(subscriber);
    });
  }

  /**
   * Notes a failure, before the reconnect strategy is called. An attempt that is made without the strategy, such as a redirect, is none.
   */
  markFailed(): void {
    this.#hasFailed = true;
  }

  /** @param before - the state that ends. */
  logTransition(state: ConnectionState, before: ConnectionState): void {
    const hasFailed = this.#hasFailed;
    this.#hasFailed = false;
    if (hasFailed && state.status === 'reconnecting') this.#logFailure(state, before);
    else if (before.status === 'connected' || state.status === 'closed') {
      this.#failures = 0;
      this.#isLogged = false;
    }
    if (state.status === 'connected') this.#logRecovery(state.url);
  }

  #logFailure({ error, delay }: Reconnecting, before: ConnectionState): void {
    const count = ++this.#failures;
    if (this.#listeners > 0 || (count > 1 && count % LOG_INTERVAL > 0)) return;
    this.#isLogged = true;
    const url = 'url' in before ? before.url : '';
    const where = url === '' || mentions(error, url) ? '' : `${url}: `;
    const advice = this.#hasConnected || !isLasting(error) ? '' : ' Trying again is unlikely to help.';
    const total = count > 1 ? ` ${count} attempts have failed.` : '';
    // the delay of a strategy that uses a timer of its own is unknown
    const next = delay > 0 ? `Next attempt in ${Number((delay / 1000).toPrecision(2))} s` : 'Another attempt follows';
    this.#warn(`rxjs-mqtt: ${where}${error.message}.${advice}${total} ${next}`);
  }

  #logRecovery(url: string): void {
    this.#hasConnected = true;
    if (!this.#isLogged) return;
    this.#isLogged = false;
    const count = this.#failures;
    if (this.#listeners === 0)
      this.#warn(`rxjs-mqtt: connected to ${url} after ${count} failed ${count > 1 ? 'attempts' : 'attempt'}`);
  }
}

/** Whether the message of the error has the host of the URL, with the port if there is one, or the path of the socket. */
function mentions({ message }: MqttError, url: string): boolean {
  const [, address = ''] = /\/\/([^/?]+|.*)/.exec(url) ?? [];
  return [':', '/'].some(end => message.includes(` ${address}${end}`));
}

/** HTTP statuses that are temporary: 408 timeout, 425 too early, 429 too many requests. */
const TEMPORARY: readonly (number | undefined)[] = [408, 425, 429];

/**
 * Whether the error of a client that has never connected is probably a mistake in the URL, the options or the certificates: another
 * protocol than MQTT or WebSocket answers, or one side does not trust the other.
 */
function isLasting({ code, phase, cause }: MqttError): boolean {
  if (code !== 'CONNECTION_FAILED') return false;
  if (phase === 'mqtt') return true;
  if (phase !== 'tls' && phase !== 'websocket') return false;
  const { code: reason = '', status = 500 } = (cause ?? {}) as { code?: string; status?: number };
  // codes of OpenSSL and of HTTP parsers have an underscore, and codes of network errors have none
  return /_|EPROTO/.test(reason) || (status < 500 && !TEMPORARY.includes(status));
}
