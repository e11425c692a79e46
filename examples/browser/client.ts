import { Observable } from 'rxjs';
import { type MqttClient, mqtt, mqtt$, sharedMqtt } from './library.js';

const options = { reconnect: { max: 10_000 } };

/** A client of this page, which is disconnected when you unsubscribe. */
export const own$ = (url: string): Observable<MqttClient> => mqtt$(url, options);

/** The same, but all tabs with this URL share one connection. */
export const shared$ = (url: string): Observable<MqttClient> =>
  new Observable(subscriber => {
    const client = sharedMqtt({
      worker: () => new SharedWorker(`/worker.js?${new URLSearchParams({ url })}`, { type: 'module' }),
      client: () => createClient(url),
      name: url,
    });
    subscriber.next(client);
    client.connect().subscribe({ error: (error: unknown) => subscriber.error(error) });
    return () => client.close();
  });

/** The client that all tabs share: in the worker, or in one of the tabs where the browser has no SharedWorker. */
export const createClient = (url: string): MqttClient => mqtt(url, options);
