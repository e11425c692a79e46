import { EMPTY, type Observable, filter, ignoreElements, map, merge, of, switchMap, tap } from 'rxjs';
import type { MqttClient, PublishOutcome, WillOptions } from './library.js';

/** A thermostat: a sensor of the temperature, and a switch of the heating. */
export interface Thermostat {
  /** Letters, digits, `_` and `-`. It never changes, because Home Assistant knows the device by it. */
  readonly id: string;
  readonly name: string;
  /** The temperature, the last one for each new subscriber. */
  readonly celsius$: Observable<number>;
  /** Whether it heats, the last state for each new subscriber. */
  readonly heating$: Observable<boolean>;
  setHeating(on: boolean): void;
}

const retained = { qos: 1, retain: true } as const;

const topicsOf = (id: string) => ({
  config: `homeassistant/device/${id}/config`,
  availability: `${id}/availability`,
  temperature: `${id}/temperature`,
  heating: `${id}/heating`,
  setHeating: `${id}/heating/set`,
});

/** The will of the client of a thermostat: Home Assistant shows it as unavailable when its connection is lost. */
export function thermostatWill(id: string): WillOptions {
  return { topic: topicsOf(id).availability, payload: 'offline', ...retained };
}

/**
 * Shows a thermostat in Home Assistant while you are subscribed. Emits the outcome of each message. Its client needs
 * `will: thermostatWill(id)`; end it by `client.disconnect({ will: true })`.
 */
export function showThermostat(client: MqttClient, thermostat: Thermostat): Observable<PublishOutcome<string>> {
  const topics = topicsOf(thermostat.id);
  const isConnected$ = client.connection$.pipe(map(({ status }) => status === 'connected'));
  const hasStarted$ = client.topic$('homeassistant/status').pipe(
    map(message => message.text() === 'online'),
    filter(Boolean),
  );
  const all$ = merge(
    of(
      { topic: topics.config, payload: JSON.stringify(discovery(thermostat)) },
      { topic: topics.availability, payload: 'online' },
    ),
    thermostat.celsius$.pipe(map(celsius => ({ topic: topics.temperature, payload: celsius.toFixed(1) }))),
    thermostat.heating$.pipe(map(on => ({ topic: topics.heating, payload: on ? 'ON' : 'OFF' }))),
  );
  // From the beginning, because the broker or Home Assistant may have lost it. Without a connection, old states are worth nothing.
  const messages$ = merge(isConnected$, hasStarted$).pipe(switchMap(isThere => (isThere ? all$ : EMPTY)));
  const commands$ = client.topic$(topics.setHeating).pipe(
    tap(message => thermostat.setHeating(message.text() === 'ON')),
    ignoreElements(),
  );
  return merge(commands$, messages$.pipe(client.publishAll<string>(retained)));
}

/** Device discovery: one message for all entities of a device. */
function discovery({ id, name }: Thermostat) {
  const topics = topicsOf(id);
  return {
    device: { identifiers: [id], name, manufacturer: 'Example', model: 'Thermostat' },
    origin: { name: 'rxjs-mqtt recipe' },
    availability_topic: topics.availability,
    qos: 1,
    components: {
      temperature: {
        platform: 'sensor',
        unique_id: `${id}_temperature`,
        device_class: 'temperature',
        state_class: 'measurement',
        unit_of_measurement: '°C',
        state_topic: topics.temperature,
      },
      heating: {
        platform: 'switch',
        unique_id: `${id}_heating`,
        name: 'Heating',
        state_topic: topics.heating,
        command_topic: topics.setHeating,
      },
    },
  };
}
