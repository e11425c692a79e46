import { Subscription } from 'rxjs';
import type { ClientHooks } from '../../hooks.js';
import type { MqttClient } from '../mqtt-client.js';
import { kindOf } from '../../quoted.js';
import { expected, inside, invalidArgument, refuse } from '../options/checks/problem.js';
import { callable } from '../options/checks/scalars.js';
import { ActiveHooks } from './active-hooks.js';
import { instrumentationOf } from './instrumentation.js';

const known = ['onPublish', 'onReceive', 'onHandle', 'onRequest', 'onStream'] as const satisfies (keyof ClientHooks)[];

/**
 * Adds functions that a client calls around what it does, for tracing, metrics and the like: see {@link ClientHooks}.
 * Acts at once and opens no connection. The functions follow what begins from now on.
 *
 * Unsubscribing removes them; none is called afterwards. Several can be added; each is called in the order in which it was added.
 *
 * @throws MqttError `INVALID_ARGUMENT` if there is no such function, one is not a function, or the client is not one of this library.
 */
export function addHooks(client: MqttClient, hooks: ClientHooks): Subscription {
  const instrumentation = instrumentationOf(client);
  if (instrumentation === undefined) {
    const allowed = 'one of mqtt(), mqtt$() or mockMqtt()';
    throw invalidArgument(inside('client', expected(allowed, kindOf(client))), 'argument', 'client');
  }
  checkHooks(hooks);
  const active = (instrumentation.active = instrumentation.kept ??= new ActiveHooks(instrumentation));
  const remove = active.add(hooks);
  return new Subscription(() => {
    remove();
    if (active.isEmpty) instrumentation.active = undefined;
  });
}

function checkHooks(hooks: ClientHooks): void {
  if (typeof hooks !== 'object' || (hooks as object | null) === null)
    throw invalidArgument(expected('an object', kindOf(hooks)), 'hook', 'hooks');
  const given = known.filter(name => hooks[name] !== undefined);
  if (given.length === 0)
    throw invalidArgument(expected(`at least one of ${known.join(', ')}`, 'none'), 'hook', 'hooks');
  for (const name of given)
    refuse(inside(name, callable((hooks as Readonly<Record<string, unknown>>)[name])), 'hook', 'hooks');
}
