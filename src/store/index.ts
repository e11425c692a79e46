/**
 * Sessions that outlive the process: {@link levelStore} keeps them in a database of abstract-level, and {@link SessionStore} is what you
 * extend to keep them in a database of your own.
 *
 * @module rxjs-mqtt/store
 */
export { SessionStore } from './session-store.js';
export type { StoreChange, StoreEntry, StoredSession } from '../stored-session.js';
export { levelStore, type LevelStoreOptions } from './level/level-store.js';
export type { LevelDatabase } from './level/level-database.js';
