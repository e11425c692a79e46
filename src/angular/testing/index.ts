/**
 * For tests of Angular applications: {@link provideMockMqtt} provides a client without a connection, and {@link injectMockMqtt} injects it.
 *
 * @module rxjs-mqtt/angular/testing
 */
export { injectMockMqtt, provideMockMqtt } from './provide-mock-mqtt.js';
