import { Observable } from 'rxjs';
import type { MqttError } from '../errors.js';
import type { MqttOptions, ServerOptions } from '../options/options.js';
import { Client } from './client.js';
import type { MqttClient } from './mqtt-client.js';
import { parseServers } from './options/server.js';
import { validateOptions } from './options/validate-options.js';

/**
 * Creates a client. Inert: it opens nothing. It connects when something first needs the broker, which is `connect()`, or a
 * subscription to a `topic$` or a `publish` (unless `autoConnect` is false), and then stays connected until `disconnect()`.
 *
 * @param url - `mqtt://host:1883`, or several servers that are tried in turn. Credentials in it are used, and shown nowhere.
 * @param options - see {@link MqttOptions}; or a function, short for `{ perAttempt: function }`.
 * @throws MqttError `INVALID_ARGUMENT` that names the option, `NOT_SUPPORTED` for a scheme this platform has no transport for.
 */
export function mqtt(
  url: string | readonly (string | ServerOptions)[],
  options: MqttOptions | NonNullable<MqttOptions['perAttempt']> = {},
): MqttClient {
  return newClient(url, options);
}

function newClient(...[url, options = {}]: Parameters<typeof mqtt>): Client {
  const given = typeof options === 'function' ? { perAttempt: options } : options;
  // validated afterwards: what a URL must be, and what options must be, depend on each other
  const { transport, perAttempt } = (given as MqttOptions | null) ?? {};
  const servers = parseServers(url, transport !== undefined || perAttempt !== undefined);
  return new Client(servers, validateOptions(given, servers));
}

/**
 * A client that its subscription owns: subscribing creates and connects it, unsubscribing sends DISCONNECT and closes.
 *
 * Emits the client at once. Completes when it is closed by `disconnect()`; errors with the reason when the reconnect strategy gives
 * up, or as {@link mqtt} throws. One client per subscription.
 *
 * ![A client from subscription to unsubscription](../../docs/marbles/mqtt-stream.svg)
 */
export function mqtt$(...args: Parameters<typeof mqtt>): Observable<MqttClient> {
  return new Observable(subscriber => {
    const client = newClient(...args);
    subscriber.add(() => client.close());
    subscriber.next(client);
    if (subscriber.closed) return;
    client.state$.subscribe({
      next: state => {
        if (state.status === 'closed' && state.error) subscriber.error(state.error);
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
    client.connect().subscribe({ error: ignored });
  });
}

/** Shown by `connection$` already. */
const ignored = (_: MqttError): void => undefined;
