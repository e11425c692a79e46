// The only file that imports the library. In your own project, import from 'rxjs-mqtt' and 'rxjs-mqtt/shared'
export * from '../../src/index.js';
export { serveTabs, sharedMqtt } from '../../src/shared/index.js';
