import { Observable } from 'rxjs';
import type { MqttError } from '../../errors.js';
import type { ConnectionState } from '../../state.js';

/** The first failed attempt is logged, and each that this divides. */
const EVERY = 10;

type Waiting = Extract<ConnectionState, { status: 'reconnecting' }>;

/**
 * Says on the console that attempts fail, while nobody is subscribed to `connection$`: the first failure, every tenth one, and the
 * recovery after a failure that was logged. The loss of a connection that was not stable counts as a failure. Lives with the client.
 */
export class FailureLog {
  readonly #warn: (words: string) => void;
  #listeners = 0;
  /** A CONNACK has accepted this client at least once. */
  #hasConnected = false;
  /** Until a connection ends otherwise than by a failure. */
  #failures = 0;
  /** The attempt or connection that has just ended counts as a failure. */
  #hasFailed = false;
  /** A failure was logged, and its end was not. */
  #isLogged = false;

  constructor(warn: (words: string) => void) {
    this.#warn = warn;
  }

  /** The same states; nothing is logged while somebody is subscribed to them. */
  countListeners(state$: Observable<ConnectionState>): Observable<ConnectionState> {
    return new Observable(subscriber => {
      this.#listeners++;
      subscriber.add(() => this.#listeners--);
      state$.subscribe(subscriber);
    });
  }

  /** The reconnect strategy is about to be asked for another attempt after a failure. What is done at once, such as a redirect, is none. */
  failed(): void {
    this.#hasFailed = true;
  }

  /** @param before - the state that ends. */
  entered(state: ConnectionState, before: ConnectionState): void {
    const hasFailed = this.#hasFailed;
    this.#hasFailed = false;
    if (hasFailed && state.status === 'reconnecting') this.#logFailure(state, before);
    else if (before.status === 'connected' || state.status === 'closed') {
      this.#failures = 0;
      this.#isLogged = false;
    }
    if (state.status === 'connected') this.#logRecovery(state.url);
  }

  #logFailure({ error, delay }: Waiting, before: ConnectionState): void {
    const count = ++this.#failures;
    if (this.#listeners > 0 || (count > 1 && count % EVERY > 0)) return;
    this.#isLogged = true;
    const url = 'url' in before ? before.url : '';
    const where = url === '' || names(error, url) ? '' : `${url}: `;
    const outlook = this.#hasConnected || !isLasting(error) ? '' : ' Trying again is unlikely to help.';
    const total = count > 1 ? ` ${count} attempts have failed.` : '';
    // of a strategy with a timer of its own nothing is known
    const next = delay > 0 ? `Next attempt in ${Number((delay / 1000).toPrecision(2))} s` : 'Another attempt follows';
    this.#warn(`rxjs-mqtt: ${where}${error.message}.${outlook}${total} ${next}`);
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

/** Whether its message has the host of the URL, with the port if there is one, or the path of the socket. */
function names({ message }: MqttError, url: string): boolean {
  const [, address = ''] = /\/\/([^/?]+|.*)/.exec(url) ?? [];
  return [':', '/'].some(end => message.includes(` ${address}${end}`));
}

/** HTTP statuses that pass: a timeout, too early, too many requests. */
const PASSING: readonly (number | undefined)[] = [408, 425, 429];

/**
 * Whether this looks like a mistake in the URL, the options or the certificates, where it is the first thing that a client meets:
 * something else than MQTT or WebSocket answers, or one side does not trust the other.
 */
function isLasting({ code, phase, cause }: MqttError): boolean {
  if (code !== 'CONNECTION_FAILED') return false;
  if (phase === 'mqtt') return true;
  if (phase !== 'tls' && phase !== 'websocket') return false;
  const { code: reason = '', status = 500 } = (cause ?? {}) as { code?: string; status?: number };
  // codes of OpenSSL and of HTTP parsers have an underscore, those of a network that breaks have none
  return /_|EPROTO/.test(reason) || (status < 500 && !PASSING.includes(status));
}
