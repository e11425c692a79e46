// The one place that says where the library is. In a project of your own: export * from 'rxjs-mqtt';
export * from '../../src/index.js';
