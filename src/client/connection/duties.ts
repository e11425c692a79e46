import type { Observable } from 'rxjs';
import { ackDeadline } from '../../operators/ack-deadline.js';
import { type Activity, keepalive } from '../../operators/keepalive.js';
import { qosReceive } from '../../operators/qos-receive.js';
import { qosSend } from '../../operators/qos-send.js';
import { resend } from '../../operators/resend.js';
import { subscribe } from '../../operators/subscribe.js';
import type { Packet } from '../../packets.js';
import type { NegotiatedLimits } from '../../state.js';
import { stuckWarning } from '../topics/stuck-warning.js';
import { maximumPacketSizeOf } from './connect-packet.js';
import type { Outbox } from './outbox.js';
import type { Parts } from '../parts.js';
import type { AttemptOptions } from '../options/resolve-options.js';
import type { Router } from './router.js';

/** ms: PINGREQ goes out a little before the silence is as long as allowed [MQTT-3.1.2-20]. */
const PING_MARGIN = 100;

/**
 * All that a client owes a broker once it is connected, each duty a flow: packets in from the router, packets out.
 *
 * What is subscribed to goes out before what is published after it, so that a message to oneself finds its subscription.
 */
export function duties(
  limits: NegotiatedLimits,
  options: AttemptOptions,
  router: Router,
  outbox: Outbox,
  activity$: Observable<Activity>,
  parts: Parts,
): readonly Observable<Packet>[] {
  const { session, scheduler, tick, wake, resubscribe, dispatcher, topics, meter, brake, signal$ } = parts;
  const { sender, receiver, subscriptions } = session;
  const { protocolVersion } = limits;
  const wake$ = wake.heard$;
  const writable = () => outbox.writable;
  const silence = limits.keepalive > 0 ? limits.keepalive : options.idlePing;

  return [
    router.subscriptionAck$.pipe(
      subscribe({
        subscriptions,
        limits,
        changed$: resubscribe.heard$,
        idFreed$: router.deliveryAck$,
        // the SUBACK, with a byte a filter, must fit our own Maximum Packet Size: the broker would not send it otherwise
        maxFilters: Math.min(options.maxFiltersPerSubscribe, maximumPacketSizeOf(options) - 8),
        tick,
        sent: wake.raise,
        obstructed: topics.obstructed,
        settled: topics.settled,
      }),
    ),

    router.deliveryAck$.pipe(qosSend({ sender, wake$, writable: () => outbox.writable && !subscriptions.changed })),

    router.deliveryAck$.pipe(
      resend({
        inFlight: sender.inFlight,
        wake$,
        writable,
        done: wake.raise,
        interval: protocolVersion === 5 ? 0 : options.resendInterval,
        scheduler,
      }),
    ),

    router.delivery$.pipe(
      qosReceive({
        receiver,
        protocolVersion,
        deliverQos2: options.deliverQos2,
        deliver: dispatcher.dispatch,
        ready$: parts.ackReady.heard$,
      }),
    ),

    activity$.pipe(
      keepalive({
        interval: silence > 0 ? silence * 1000 - PING_MARGIN : Infinity,
        timeout: options.pingTimeout,
        probe$: signal$,
        // behind what is still unsent, a PINGREQ arrives when that has
        probeTimeout: () =>
          outbox.unsentBytes > 0 ? options.pingTimeout : Math.min(options.probeTimeout, options.pingTimeout),
        scheduler,
        reading: () => !brake.on,
        roundTrip: meter.roundTrip,
      }),
    ),

    ackDeadline({
      // what has come may not have been read: each pause begins the wait anew
      owed: () => (brake.on || session.owed === undefined ? undefined : `${brake.times} ${session.owed}`),
      timeout: options.ackTimeout,
      scheduler,
    }),

    stuckWarning({ ...parts, ackWarnAfter: parts.options.ackWarnAfter }),
  ];
}
