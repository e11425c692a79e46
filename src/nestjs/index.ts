/**
 * A transport of NestJS: {@link MqttServer} for microservices, {@link MqttClientProxy} for those that call them. Needs `@nestjs/common` and
 * `@nestjs/microservices` 11 or 12.
 *
 * @module rxjs-mqtt/nestjs
 */
export { MqttServer } from './mqtt-server.js';
export { MqttClientProxy } from './mqtt-client-proxy.js';
export { MqttContext } from './mqtt-context.js';
export { mqttHealth, type MqttHealth } from './health.js';
export type { MqttEvents, MqttStatus } from './client-handle.js';
export type {
  MqttClientProxyOptions,
  MqttConnectionOptions,
  MqttHandlerOptions,
  MqttServerOptions,
} from './options.js';
