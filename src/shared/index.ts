export { type SharedMqttOptions, sharedMqtt } from './browser/shared-mqtt.js';
export { type SharedWorkerLike } from './browser/worker-ports.js';
export { serveTabs } from './browser/serve-tabs.js';
export { type HostOptions, type SharedHost, hostClient } from './host/host-client.js';
export { type SharedPort, messagePort } from './port.js';
export { type SharedClientOptions, sharedClient } from './tab/shared-client.js';
