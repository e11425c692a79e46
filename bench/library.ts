import type * as Library from '../src/index.js';

/** What users of Node get: the build, by the package's own name, not the sources. */
const name = 'rxjs-mqtt';

export const library = (): Promise<typeof Library> => import(name) as Promise<typeof Library>;
