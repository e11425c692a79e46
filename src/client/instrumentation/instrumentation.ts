import { Subscription } from 'rxjs';
import type { ClientHooks } from '../../hooks.js';
import type { Sender } from '../../protocol/outbound/sender.js';
import { wordsOf } from '../../quoted.js';
import type { NegotiatedLimits } from '../../state.js';
import { kindOf } from '../options/checks/describe.js';
import { expected, inside, invalidArgument } from '../options/checks/problem.js';
import { callable } from '../options/checks/scalars.js';
import type { MqttWarning } from '../../warnings.js';
import { WarningCounter } from '../warnings.js';
import { ActiveHooks } from './active-hooks.js';
import { type HookName, Instrument } from './hook-calls.js';
import { HookedMessages } from './hooked-messages.js';

const known = ['onPublish', 'onReceive', 'onHandle', 'onRequest', 'onStream'] as const satisfies (keyof ClientHooks)[];

/** Implements `instrument()`. What the client does costs one comparison more while nobody instruments it. Lives with the client. */
export class Instrumentation {
  /** Undefined while there are no hooks. */
  active: ActiveHooks | undefined = undefined;
  /** Those of the last connection. */
  limits: NegotiatedLimits | undefined = undefined;
  /** Outlives `active`, because what was added to a message is removed where a later connection needs it. */
  #messages: HookedMessages | undefined = undefined;
  readonly #emitWarning: (warning: MqttWarning) => void;
  #failures: WarningCounter | undefined = undefined;

  constructor(warn: (warning: MqttWarning) => void) {
    this.#emitWarning = warn;
  }

  /** Adds hooks until the subscription ends. Throws INVALID_ARGUMENT. */
  add(hooks: ClientHooks): Subscription {
    checkHooks(hooks);
    const instrument = new Instrument(hooks, this.#warn);
    const active = (this.active ??= new ActiveHooks((this.#messages ??= new HookedMessages()), this));
    active.instruments = [...active.instruments, instrument];
    return new Subscription(() => {
      instrument.isRemoved = true;
      active.instruments = active.instruments.filter(each => each !== instrument);
      if (active.instruments.length === 0 && this.active === active) this.active = undefined;
    });
  }

  /** Called when a connection begins, before it sends what waits. */
  onConnected(limits: NegotiatedLimits, { inFlight, queue }: Sender): void {
    this.limits = limits;
    this.#messages?.fitAll([...inFlight.all, ...queue.all], limits);
  }

  readonly #warn = (hook: HookName, error: unknown): void => {
    const counter = (this.#failures ??= new WarningCounter());
    if (!counter.increment()) return;
    const { count } = counter;
    const already = count > 1 ? `; ${count} hooks have failed so far` : '';
    this.#emitWarning({
      code: 'HOOK_FAILED',
      message: `'${hook}' of hooks of client.instrument() failed: ${wordsOf(error)}${already}; the client goes on without it`,
      hook,
      error,
      count,
    });
  };
}

function checkHooks(hooks: ClientHooks): void {
  const problem =
    typeof hooks === 'object' && (hooks as object | null) !== null ? undefined : expected('an object', kindOf(hooks));
  if (problem !== undefined) throw invalidArgument(problem, 'hook', 'hooks');
  const given = known.filter(name => hooks[name] !== undefined);
  if (given.length === 0)
    throw invalidArgument(expected(`at least one of ${known.join(', ')}`, 'none'), 'hook', 'hooks');
  for (const name of given) {
    const found = callable((hooks as Readonly<Record<string, unknown>>)[name]);
    if (found !== undefined) throw invalidArgument(inside(name, found), 'hook', 'hooks');
  }
}
