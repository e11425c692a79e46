// The only file that imports the library. In your own project, write: export * from 'rxjs-mqtt/nestjs';
export * from '../../src/nestjs/index.js';
