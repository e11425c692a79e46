// The only file that imports the library. In your own project, write: export * from 'rxjs-mqtt';
export * from '../../src/index.js';
