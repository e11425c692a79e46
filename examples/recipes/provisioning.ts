import { catchError, map, of, tap, throwError } from 'rxjs';
import { fromFetch } from 'rxjs/fetch';
import { type MqttClient, type MqttOptions, type PerAttemptOptions, mqtt } from './library.js';

/** What the provisioning service tells a device. */
interface Provision {
  broker: string;
  clientId: string;
  username: string;
  password: string;
}

/** A client that is told where to go, and as whom, before every attempt. */
export function provisioned(service: string, deviceKey: string, options: MqttOptions = {}): MqttClient {
  let known: PerAttemptOptions | undefined;
  const provision$ = fromFetch(service, {
    headers: { authorization: `Bearer ${deviceKey}` },
    selector: response =>
      response.ok
        ? (response.json() as Promise<Provision>)
        : Promise.reject(new Error(`the provisioning service says ${response.status}`)),
  }).pipe(
    map(({ broker, clientId, username, password }): PerAttemptOptions => ({
      url: broker,
      clientId,
      username,
      password,
    })),
    tap(answer => (known = answer)),
    // the service is away: what it said last may still hold
    catchError((error: unknown) => (known === undefined ? throwError(() => error) : of(known))),
  );
  return mqtt('mqtt://provisioned.invalid', { ...options, perAttempt: () => provision$ });
}
