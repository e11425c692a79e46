import { Observable, noop } from 'rxjs';
import type { MqttOptions, ServerOptions } from '../options/options.js';
import { Client } from './client.js';
import type { MqttClient } from './mqtt-client.js';
import { parseServers } from './options/server.js';
import { validateOptions } from './options/validate-options.js';

/**
 * Creates a client. Creating it opens no connection. The client connects when you subscribe to something that needs the broker:
 * `connect()`, or, unless `autoConnect` is false, a `topic$` or a `publish()`. It then stays connected until `disconnect()`.
 *
 * @param url - `mqtt://host:1883`, or several servers that are tried in turn. The client uses credentials in it, and never shows them.
 * @param options - see {@link MqttOptions}; or a function, which is short for `{ perAttempt: function }`.
 * @throws MqttError `INVALID_ARGUMENT` that names the option, or `NOT_SUPPORTED` for a scheme for which this platform has no transport.
 */
export function mqtt(
  url: string | readonly (string | ServerOptions)[],
  options: MqttOptions | NonNullable<MqttOptions['perAttempt']> = {},
): MqttClient {
  return createClient(url, options);
}

function createClient(...[url, options = {}]: Parameters<typeof mqtt>): Client {
  const given = typeof options === 'function' ? { perAttempt: options } : options;
  // URL and options are validated against each other: a transport of the user or `perAttempt` allows any scheme, and the
  // options need the servers
  const { transport, perAttempt } = (given as MqttOptions | null) ?? {};
  const servers = parseServers(url, transport !== undefined || perAttempt !== undefined);
  return new Client(servers, validateOptions(given, servers));
}

/**
 * Creates a client that its subscription owns: subscribing creates and connects it, unsubscribing sends DISCONNECT and closes it.
 *
 * Emits the client synchronously. Completes when `disconnect()` has closed it. Errors with the reason when the reconnect strategy gives
 * up, and with what {@link mqtt} throws. Each subscription has a client of its own.
 *
 * ![A client from subscription to unsubscription](../../docs/marbles/mqtt-stream.svg)
 */
export function mqtt$(...args: Parameters<typeof mqtt>): Observable<MqttClient> {
  return new Observable(subscriber => {
    const client = createClient(...args);
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
    // connection$ already shows the error
    client.connect().subscribe({ error: noop });
  });
}
