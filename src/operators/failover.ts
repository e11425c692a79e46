import { type Observable, from, map } from 'rxjs';
import { MqttError } from '../errors.js';
import type { AttemptOverrides, FailoverOptions, ReconnectContext, ReconnectStrategy } from '../reconnect-options.js';
import { assertDelay, doubled, jittered } from './delays.js';

/**
 * Goes round a list of servers: at each the delays double from `minimum` to `maximum` (2, 4, 8, 16, 32, 60 s), then it is the next
 * one's turn, and so on round, for ever. With one server the delay stays at `maximum`.
 *
 * After the loss of a connection that did not hold, but was there for at least `minimum` ms, the same server is asked first.
 *
 * Keeps no state of its own, so several clients can share it.
 *
 * ![Once more the first server, then the second](../../docs/marbles/failover.svg)
 *
 * @throws MqttError `INVALID_ARGUMENT` for delays below 1 ms, or a minimum above the maximum.
 */
export function failover(options: FailoverOptions = {}): ReconnectStrategy {
  const { minimum = 2000, maximum = 60_000, order = 'sticky', jitter = 'full' } = options;
  assertDelay('failover({ minimum })', minimum);
  assertDelay('failover({ maximum })', maximum);
  if (minimum > maximum)
    throw new MqttError('INVALID_ARGUMENT', 'failover({ minimum }) is above its maximum', { subject: 'minimum' });
  /** The delays at one server. */
  const steps = 1 + Math.ceil(Math.log2(maximum / minimum));

  return ({ attempt, servers, server: lost, lastGood, connectedFor, random, wait }) => {
    const failed = attempt - 1;
    const turn = servers.length > 1 ? Math.floor(failed / steps) : 0;
    const delay = jittered(doubled(minimum, maximum, failed - turn * steps), jitter, random);
    const held = attempt === 1 && lost === lastGood;
    // one that accepts and hangs up at once is not stayed with
    const stays = !held && connectedFor >= minimum;
    const server = stays ? lost : (beginning(order, lastGood) + turn) % servers.length;
    return announced(wait(delay), server);
  };
}

function beginning(order: NonNullable<FailoverOptions['order']>, lastGood: number | undefined): number {
  if (lastGood === undefined || order === 'priority') return 0;
  return order === 'rotate' ? lastGood + 1 : lastGood;
}

function announced(waiting: ReturnType<ReconnectContext['wait']>, server: number): Observable<AttemptOverrides> {
  return from(waiting).pipe(map(() => ({ server })));
}
