/**
 * What a platform tells about the page, the machine and the network that a client lives in.
 *
 * - `'online'`, `'offline'`: there is a network again; there is none, or another one.
 * - `'visible'`: the user looks at the page again.
 * - `'resume'`: the page was frozen, and runs again.
 * - `'pagehide'`: the page is left, for good or until `'pageshow'`.
 * - `'pageshow'`: the page is back from the back/forward cache.
 */
export type PlatformSignal = 'online' | 'offline' | 'visible' | 'resume' | 'pagehide' | 'pageshow';
