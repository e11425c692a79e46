export { startWatch, type Watch } from './start-watch.js';
