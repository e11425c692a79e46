export { injectMockMqtt, provideMockMqtt } from './provide-mock-mqtt.js';
