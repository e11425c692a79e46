/**
 * One connection for all tabs of a browser. {@link serveTabs} shares a client in a SharedWorker, and {@link sharedMqtt} creates the client of a
 * tab, with or without such a worker. {@link hostClient} and {@link sharedClient} do the same over ports of your own.
 *
 * @module rxjs-mqtt/shared
 */
export { type SharedMqttOptions, sharedMqtt } from './browser/shared-mqtt.js';
export { type SharedWorkerLike } from './browser/worker-ports.js';
export { serveTabs } from './browser/serve-tabs.js';
export { type HostOptions, type SharedHost, hostClient } from './host/host-client.js';
export { type SharedPort, messagePort } from './port.js';
export { type SharedClientOptions, sharedClient } from './tab/shared-client.js';
