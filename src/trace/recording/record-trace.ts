import {
  EMPTY,
  type Observable,
  type SchedulerLike,
  asyncScheduler,
  concat,
  defer,
  distinctUntilChanged,
  map,
  merge,
  of,
  takeWhile,
} from 'rxjs';
import type { MqttClient } from '../../client/mqtt-client.js';
import { MqttError } from '../../errors.js';
import { quoted } from '../../quoted.js';
import type { ClientStats } from '../../results.js';
import type { TraceEvent } from '../trace-event.js';
import { plainAck, plainFigures, plainState, plainWarning } from './plain-events.js';
import { plainPacket } from './plain-packet.js';
import { Redactor } from './redactor.js';
import { streamEvents } from './stream-events.js';
import type { TraceOptions } from './trace-options.js';

/**
 * Records what a client does: the states of its connection, packets in both directions, outcomes, warnings, figures,
 * and when streams of messages are subscribed and end. It does not see the streams of a client that is not of `mqtt()`, `mqtt$()` or `mockMqtt()`.
 *
 * It subscribes to the streams of the client, and does not connect it. While it is subscribed, it listens to `warning$` and `connection$`, so
 * that the client does not write to the console what the trace has.
 *
 * Emits a {@link TraceStart} and the current state, then each event as plain data that you can write with {@link toJsonLines}. Completes with a
 * {@link TraceEnd} when the client closes. Errors with `INVALID_ARGUMENT` for an invalid option, and with what a function of the options throws.
 * Unsubscribing ends the recording. Acts per subscription.
 */
export function recordTrace(client: MqttClient, options: TraceOptions = {}): Observable<TraceEvent> {
  return defer(() => {
    assertOptions(options);
    const clock = options.scheduler ?? schedulerOf(client);
    const startedAt = clock.now();
    let last = 0;
    // The events of a trace are in the order of their times, even if somebody sets the clock back.
    const at = () => (last = Math.max(last, clock.now() - startedAt));
    const redactor = new Redactor(options);

    const packet$ = client.packet$.pipe(
      map(({ direction, packet }): TraceEvent => {
        return { type: 'packet', at: at(), direction, packet: plainPacket(packet, direction, redactor) };
      }),
    );
    const ack$ = client.ack$.pipe(map(ack => plainAck(ack, at(), redactor)));
    const warning$ = client.warning$.pipe(map(warning => plainWarning(warning, at(), redactor)));
    const figures$ = client.stats$.pipe(
      distinctUntilChanged(haveSameFigures),
      map(stats => plainFigures(stats, at())),
    );
    const state$ = client.connection$.pipe(map(state => plainState(state, at(), redactor)));
    const end$ = defer(() => of<TraceEvent>({ type: 'end', at: at() }));
    // The first state comes when all else is subscribed, because its subscriber may act. A mock has figures at once.
    const event$ = merge<TraceEvent[]>(
      packet$,
      ack$,
      warning$,
      streamEvents(client, at, redactor),
      concat(state$, end$),
      options.figures === false ? EMPTY : figures$,
    );
    const start: TraceEvent = { type: 'trace', at: 0, version: 1, startedAt };
    return concat(of(start), event$.pipe(takeWhile(({ type }) => type !== 'end', true)));
  });
}

/** Clients of this library tell their scheduler to it. Other clients, such as shared ones, do not have one of their own. */
function schedulerOf(client: MqttClient): SchedulerLike {
  return (client as { scheduler?: SchedulerLike }).scheduler ?? asyncScheduler;
}

const haveSameFigures = (a: ClientStats, b: ClientStats): boolean =>
  JSON.stringify(plainFigures(a, 0)) === JSON.stringify(plainFigures(b, 0));

function assertOptions({ payloads = 'full', topics, userProperties }: TraceOptions): void {
  const given: unknown = payloads;
  if (typeof given !== 'function' && !['full', 'length', 'hash'].includes(given as string)) {
    throw invalid('payloads', `is ${quoted(String(given))}; it must be 'full', 'length', 'hash' or a function`);
  }
  for (const [name, value] of Object.entries({ topics, userProperties })) {
    if (value !== undefined && typeof value !== 'function') {
      throw invalid(name, `is ${quoted(String(value))}; it must be a function`);
    }
  }
}

const invalid = (name: string, what: string): MqttError =>
  new MqttError('INVALID_ARGUMENT', `option '${name}' of a trace ${what}`, { subject: name });
