/**
 * For Angular: {@link provideMqtt} provides a client, and {@link injectMqtt} injects it. {@link injectTopic}, {@link injectLatest} and
 * {@link injectConnection} return signals, and {@link topicResource} a resource.
 *
 * @module rxjs-mqtt/angular
 */
export { MQTT_CLIENT } from './mqtt-client-token.js';
export { type MqttConfig, provideMqtt } from './provide-mqtt.js';
export { type MqttFeature, withToken } from './features.js';
export { injectConnection } from './inject-connection.js';
export { injectLatest } from './inject-latest.js';
export { injectMqtt } from './inject-mqtt.js';
export { type TopicScanOptions, injectTopic } from './inject-topic.js';
export { type TopicResource, type TopicResourceStatus, topicResource } from './topic-resource.js';
export type { TopicSignal, TopicSignalOptions, TopicSource } from './topic-signal.js';
