import type { Sender } from '../../protocol/outbound/sender.js';
import type { NegotiatedLimits } from '../../state.js';
import type { Warnings } from '../warnings.js';
import type { ActiveHooks, HookedClient } from './active-hooks.js';

/** Returns the instrumentation of a client. Undefined for what is no client of this library, such as a client that is remote. */
export const instrumentationOf = (client: unknown): Instrumentation | undefined =>
  (client as { instrumentation?: Instrumentation } | null | undefined)?.instrumentation;

/**
 * Where the parts of a client find its hooks. It names their classes as types only: `addHooks()` brings the code, so that a program without
 * hooks has none. What the client does costs one comparison more while there are no hooks. Lives with the client.
 */
export class Instrumentation implements HookedClient {
  /** Undefined while there are no hooks. */
  active: ActiveHooks | undefined = undefined;
  /** Outlives `active`, because what was added to a message is removed where a later connection needs it. */
  kept: ActiveHooks | undefined = undefined;
  /** Those of the last connection. */
  limits: NegotiatedLimits | undefined = undefined;
  readonly warnings: Warnings;

  constructor(warnings: Warnings) {
    this.warnings = warnings;
  }

  /** Called when a connection begins, before it sends what waits. */
  onConnected(limits: NegotiatedLimits, { inFlight, queue }: Sender): void {
    this.limits = limits;
    this.kept?.messages.fitAll([...inFlight.all, ...queue.all], limits);
  }
}
