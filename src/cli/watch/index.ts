export { startWatch, type Watch, type WatchOptions } from './start-watch.js';
