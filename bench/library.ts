import type * as Library from '../src/index.js';
import type * as StoreLibrary from '../src/store/index.js';

/** What users of Node get: the build, by the package's own name, not the sources. */
const name = 'rxjs-mqtt';

export const library = (): Promise<typeof Library> => import(name) as Promise<typeof Library>;

export const storeLibrary = (): Promise<typeof StoreLibrary> => import(`${name}/store`) as Promise<typeof StoreLibrary>;
