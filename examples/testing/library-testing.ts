// In a project of your own: export * from 'rxjs-mqtt/testing';
export * from '../../src/testing/index.js';
