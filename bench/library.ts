import type * as Library from '../src/index.js';

const built = new URL('../dist/index.js', import.meta.url).href;

/** What users get: the build, not the sources. */
export const library = (): Promise<typeof Library> => import(built) as Promise<typeof Library>;
