import { type Observable, map } from 'rxjs';
import { type MqttClient, type PublishResult, json } from './library.js';

interface Reading {
  celsius: number;
}

/** Made once and used everywhere, so that streams share a route. */
const reading = json((value): Reading => {
  const { celsius } = value as Partial<Reading>;
  if (typeof celsius !== 'number') throw new TypeError('a reading has celsius');
  return { celsius };
});

export function report(client: MqttClient, sensor: string, celsius: number): Observable<PublishResult> {
  return client.publish(`sensors/${sensor}`, { celsius }, { qos: 1, encode: reading });
}

/** What is no reading is left out, and shows on `client.undecodable$`. */
export function readings(client: MqttClient): Observable<{ sensor: string; celsius: number }> {
  return client
    .topic$('sensors/+sensor', { decode: reading })
    .pipe(map(({ params, value }) => ({ sensor: params.sensor, celsius: value.celsius })));
}
