// In your own project, write: export * from 'rxjs-mqtt/store';
export * from '../../src/store/index.js';
