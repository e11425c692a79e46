import { defer, from, switchMap } from 'rxjs';
import type { Transport } from '../link.js';

/** A transport that is loaded when it is used for the first time. */
export const lazy =
  (load: () => Promise<Transport>): Transport =>
  target =>
    defer(() => from(load())).pipe(switchMap(transport => transport(target)));
