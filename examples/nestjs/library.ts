// The only file that imports the library. In your own project, import from 'rxjs-mqtt' and 'rxjs-mqtt/nestjs'.
export { MqttError, json } from '../../src/index.js';
export * from '../../src/nestjs/index.js';
