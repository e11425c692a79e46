import { of, type Observable } from 'rxjs';
import { type ConnectionState, mqtt, type MqttClient, MqttError, type MqttMessage, type MqttOptions } from 'rxjs-mqtt';
import { hostClient, messagePort, serveTabs, sharedClient, sharedMqtt, type SharedHost } from 'rxjs-mqtt/shared';
import { levelStore, SessionStore, type StoredSession } from 'rxjs-mqtt/store';
import { connack, mockMqtt, mqttMarbles } from 'rxjs-mqtt/testing';

const options: MqttOptions = { clientId: 'typed', keepalive: 30 };
const client: MqttClient = mqtt('mqtt://127.0.0.1', options);

export const message$: Observable<MqttMessage> = client.topic$(['a/+', 'b/#'], { qos: 1 });
export const text$: Observable<unknown> = client.publish('a/b', new Uint8Array([1]), { qos: 2, retain: true });

export function describe(state: ConnectionState): string {
  if (state.status === 'connected') return state.limits.clientId;
  return state.status === 'closed' && MqttError.is(state.error, 'CONNECTION_REFUSED')
    ? state.error.message
    : state.status;
}

export const test: () => void = mqttMarbles(({ broker, client: create, expectSent }) => {
  expectSent(create(broker(['-a'], { a: connack() }))).toBe('');
});
// The types of Node would make this an object.
export const timer: number = setTimeout(() => undefined, 0);
export const mocked: MqttClient = mockMqtt({ connection: 'reconnecting' });

export class OwnStore extends SessionStore {
  open(clientId: string): Promise<StoredSession> {
    return Promise.reject(new MqttError('STORE_IN_USE', clientId));
  }
}
export const host: SharedHost = hostClient(client, { linger: 0 });
export const tab: MqttClient = sharedClient(() => of(messagePort(new MessageChannel().port1)), { quiet: true });
// @ts-expect-error: the connection belongs to the shared client
sharedClient(() => of(), { username: 'user' });
export const page: MqttClient = sharedMqtt({
  worker: () => new SharedWorker('mqtt-worker.js', { type: 'module' }),
  client: () => client,
  quiet: true,
});
export const worker: void = serveTabs(client, { linger: 0 });
// @ts-expect-error: a worker of one page
sharedMqtt({ worker: () => new Worker('mqtt-worker.js') });

// @ts-expect-error: no database
levelStore({});

// @ts-expect-error: no QoS 3
client.topic$('a', { qos: 3 });
