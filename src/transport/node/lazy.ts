import { defer, from, switchMap } from 'rxjs';
import type { Transport } from '../link.js';

/** Returns a transport whose module is loaded at its first use. */
export const lazy =
  (load: () => Promise<Transport>): Transport =>
  target =>
    defer(() => from(load())).pipe(switchMap(transport => transport(target)));
