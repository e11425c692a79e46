import { type Observable, ignoreElements, tap } from 'rxjs';
import { ackDeadline } from '../../operators/liveness/ack-deadline.js';
import { isolationTicks } from '../../operators/isolation-ticks.js';
import { type Activity, keepalive } from '../../operators/liveness/keepalive.js';
import { qosReceive } from '../../operators/qos-receive.js';
import { qosSend } from '../../operators/qos-send.js';
import { subscribe } from '../../operators/subscribe.js';
import type { Packet } from '../../packets.js';
import type { NegotiatedLimits } from '../../state.js';
import { stuckWarning } from '../topics/acknowledgement/stuck-warning.js';
import { maximumPacketSizeOf } from './connect-packet.js';
import type { ConnectionConfig } from './connection-config.js';
import type { PacketWriter } from './packet-writer.js';
import type { Progress } from './progress.js';
import type { Multicast } from '../multicast.js';
import type { AttemptOptions } from '../options/resolve-options.js';
import type { Router } from './router.js';

/**
 * The part of the Keep Alive after which PINGREQ is sent [MQTT-3.1.2-20]: early enough to arrive in time over a slow link, and before a
 * proxy closes a connection that was idle for the whole interval.
 */
const PING_AFTER = 0.75;

/** The streams and counters that the flows of one connection share. */
export interface ConnectionStreams {
  readonly router: Router;
  readonly writer: PacketWriter;
  readonly progress: Progress;
  readonly activity: Multicast<Activity>;
  /** Returns whether packets wait for the store, so that the broker cannot have answered everything. */
  readonly holdsPackets: () => boolean;
}

/**
 * Returns the flows of a connection that the broker has accepted: each takes packets from the router and emits packets to send.
 *
 * A SUBSCRIBE is sent before messages that are published after it, so that a client receives its own message.
 */
export function connectionFlows(
  limits: NegotiatedLimits,
  { options, context }: ConnectionConfig,
  { router, writer, progress, activity, holdsPackets }: ConnectionStreams,
): readonly Observable<Packet>[] {
  const { session, scheduler, tick, wake, resubscribe, dispatcher, topics, meter, receivePressure, signal$ } = context;
  const { isolation, sender, receiver, subscriptions } = session;
  const { protocolVersion } = limits;
  // whether messages are held back is known when the connection begins, so other connections do not check it for each message
  const writable = isolation.holdsMessages ? () => writer.writable && !isolation.holdsMessages : () => writer.writable;

  return [
    router.subscriptionAck$.pipe(
      subscribe({
        subscriptions,
        limits,
        changed$: resubscribe.triggered$,
        idFreed$: router.publishAck$,
        // the SUBACK has a byte for each filter, and the broker does not send one above the Maximum Packet Size of this client
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

    router.publishAck$.pipe(
      qosSend({
        sender,
        wake$: wake.triggered$,
        writable,
        mayBegin: () => !subscriptions.hasChanges,
        resendInterval: protocolVersion === 5 ? 0 : options.resendInterval,
        scheduler,
      }),
    ),

    // subscriptions are sent first, and then wake the flow of messages
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
        // a PINGREQ arrives only after the bytes that are still unsent
        probeTimeout: () =>
          writer.unsentBytes > 0 ? options.pingTimeout : Math.min(options.probeTimeout, options.pingTimeout),
        scheduler,
        isReading: () => !receivePressure.isHigh,
        progress,
        roundTrip: meter.roundTrip,
      }),
    ),

    ackDeadline({
      // answers may have arrived and not been read, so the wait begins again after each pause
      oldestUnacknowledged: () =>
        receivePressure.isHigh || holdsPackets() || session.oldestUnacknowledged === undefined
          ? undefined
          : `${receivePressure.rises} ${session.oldestUnacknowledged}`,
      timeout: options.ackTimeout,
      scheduler,
      progress,
    }),

    stuckWarning({ ...context, ackWarnAfter: context.options.ackWarnAfter }),
  ];
}

/** Returns the ms of silence after which to ping. `idlePing` also applies where the server sets a Keep Alive, which may be a day. */
function pingInterval({ keepalive }: NegotiatedLimits, { idlePing }: AttemptOptions): number {
  return Math.min(orNever(keepalive * 1000 * PING_AFTER), orNever(idlePing * 1000));
}

const orNever = (ms: number): number => (ms > 0 ? ms : Infinity);
