import { type Observable, ignoreElements, tap } from 'rxjs';
import { ackDeadline } from '../../operators/liveness/ack-deadline.js';
import { isolationTicks } from '../../operators/isolation-ticks.js';
import { type Activity, keepalive } from '../../operators/liveness/keepalive.js';
import { qosReceive } from '../../operators/qos-receive.js';
import { qosSend } from '../../operators/qos-send.js';
import { resend } from '../../operators/resend.js';
import { subscribe } from '../../operators/subscribe.js';
import type { Packet } from '../../packets.js';
import type { NegotiatedLimits } from '../../state.js';
import { stuckWarning } from '../topics/acknowledgement/stuck-warning.js';
import { maximumPacketSizeOf } from './connect-packet.js';
import type { ConnectionConfig } from './connection-config.js';
import type { Outbox } from './outbox.js';
import type { Progress } from './progress.js';
import type { Multicast } from '../multicast.js';
import type { AttemptOptions } from '../options/resolve-options.js';
import type { Router } from './router.js';

/**
 * The part of the Keep Alive after which PINGREQ goes out [MQTT-3.1.2-20]: early enough to arrive in time over a slow link, and before
 * a proxy cuts what was idle for just as long.
 */
const PING_AFTER = 0.75;

/** What the duties of one connection share. */
export interface ConnectionStreams {
  readonly router: Router;
  readonly outbox: Outbox;
  readonly progress: Progress;
  readonly activity: Multicast<Activity>;
}

/**
 * All that a client owes a broker once it is connected, each duty a flow: packets in from the router, packets out.
 *
 * What is subscribed to goes out before what is published after it, so that a message to oneself finds its subscription.
 */
export function connectionFlows(
  limits: NegotiatedLimits,
  { options, context }: ConnectionConfig,
  { router, outbox, progress, activity }: ConnectionStreams,
): readonly Observable<Packet>[] {
  const { session, scheduler, tick, wake, resubscribe, dispatcher, topics, meter, receivePressure, signal$ } = context;
  const { isolation, sender, receiver, subscriptions } = session;
  const { protocolVersion } = limits;
  const wake$ = wake.triggered$;
  // what messages wait for is known when the connection begins: other connections do not pay for it
  const writable = isolation.holdsMessages ? () => outbox.writable && !isolation.holdsMessages : () => outbox.writable;

  return [
    router.subscriptionAck$.pipe(
      subscribe({
        subscriptions,
        limits,
        changed$: resubscribe.triggered$,
        idFreed$: router.publishAck$,
        // the SUBACK, with a byte a filter, must fit our own Maximum Packet Size: the broker would not send it otherwise
        maxFilters: Math.min(options.maxFiltersPerSubscribe, maximumPacketSizeOf(options) - 8),
        tick,
        sent: () => {
          topics.notifyPendingGrants();
          wake.trigger();
        },
        obstructed: topics.obstructed,
        settled: topics.settled,
      }),
    ),

    router.publishAck$.pipe(qosSend({ sender, wake$, writable: () => writable() && !subscriptions.hasChanges })),

    router.publishAck$.pipe(
      resend({
        inFlight: sender.inFlight,
        wake$,
        writable,
        done: wake.trigger,
        interval: protocolVersion === 5 ? 0 : options.resendInterval,
        scheduler,
      }),
    ),

    // subscriptions go first, and then wake what is published
    isolationTicks(isolation, scheduler).pipe(tap(resubscribe.trigger), ignoreElements()),

    router.inbound$.pipe(
      qosReceive({
        receiver,
        protocolVersion,
        deliverQos2: options.deliverQos2,
        deliver: dispatcher.dispatch,
        refused: context.refused.warn,
        ready$: context.ackReady.triggered$,
      }),
    ),

    activity.values$.pipe(
      keepalive({
        interval: pingInterval(limits, options),
        timeout: options.pingTimeout,
        probe$: signal$,
        // behind what is still unsent, a PINGREQ arrives when that has
        probeTimeout: () =>
          outbox.unsentBytes > 0 ? options.pingTimeout : Math.min(options.probeTimeout, options.pingTimeout),
        scheduler,
        isReading: () => !receivePressure.isHigh,
        progress,
        roundTrip: meter.roundTrip,
      }),
    ),

    ackDeadline({
      // what has come may not have been read: each pause begins the wait anew
      oldestUnacknowledged: () =>
        receivePressure.isHigh || session.oldestUnacknowledged === undefined
          ? undefined
          : `${receivePressure.rises} ${session.oldestUnacknowledged}`,
      timeout: options.ackTimeout,
      scheduler,
      progress,
    }),

    stuckWarning({ ...context, ackWarnAfter: context.options.ackWarnAfter }),
  ];
}

/** ms of silence after which to ping. `idlePing` counts also where the server sets a Keep Alive of its own, which may be a day. */
function pingInterval({ keepalive }: NegotiatedLimits, { idlePing }: AttemptOptions): number {
  return Math.min(orNever(keepalive * 1000 * PING_AFTER), orNever(idlePing * 1000));
}

const orNever = (ms: number): number => (ms > 0 ? ms : Infinity);
