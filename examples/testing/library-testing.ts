// In your own project, write: export * from 'rxjs-mqtt/testing';
export * from '../../src/testing/index.js';
