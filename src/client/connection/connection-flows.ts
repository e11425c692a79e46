import { NEVER, Observable, concat, ignoreElements, tap } from 'rxjs';
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
import { type Reauthentication, reauthenticationFlow } from './reauthentication.js';
import type { Unicast } from '../streams/unicast.js';
import { createYielding } from '../yielding.js';
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
  readonly activity$: Unicast<Activity>;
  /** Emits when packets were written. */
  readonly written$: Unicast<void>;
  readonly reauthentication: Reauthentication | undefined;
  /** Returns whether packets wait for the store, so that the broker cannot have answered everything. */
  readonly holdsPackets: () => boolean;
}

/** What a flow of a connection is made of. */
interface FlowConfig extends ConnectionStreams {
  readonly limits: NegotiatedLimits;
  readonly config: ConnectionConfig;
}

/**
 * Runs all flows of a connection that the broker has accepted, and emits the packets that they send. Errors with the first error of a flow.
 *
 * The flows share the subscriber, because an operator that merges them would add a call to every packet and an object to every connection.
 * So none of them may complete.
 */
export const connectionFlows = (
  limits: NegotiatedLimits,
  config: ConnectionConfig,
  streams: ConnectionStreams,
): Observable<Packet> =>
  new Observable(subscriber => {
    const flowConfig = { ...streams, limits, config };
    for (const createFlow of flows) if (!subscriber.closed) createFlow(flowConfig)?.subscribe(subscriber);
  });

function subscriptionFlow({ router, limits, config }: FlowConfig): Observable<Packet> {
  const { options, context } = config;
  const { session, resubscribe, tick, topics, wake, scheduler, trampoline } = context;
  const flow = subscribe({
    subscriptions: session.subscriptions,
    limits,
    changed$: resubscribe.triggered$,
    idFreed$: router.idFreed$,
    // the SUBACK has a byte for each filter, and the broker does not send one above the Maximum Packet Size of this client
    maxFilters: Math.min(options.maxFiltersPerSubscribe, maximumPacketSizeOf(options) - 8),
    tick,
    sent: () => {
      topics.notifyPendingGrants();
      wake.trigger();
    },
    obstructed: error => topics.obstructed(error),
    settled: (answer, outcome) => topics.settled(answer, outcome),
    createYielding: () => createYielding(scheduler, trampoline),
  });
  return flow(router.subscriptionAck$);
}

function sendFlow({ router, writer, limits, config }: FlowConfig): Observable<Packet> {
  const { options, context } = config;
  const { session, scheduler, trampoline, wake } = context;
  const { isolation, sender, subscriptions } = session;
  const flow = qosSend({
    sender,
    wake$: wake.triggered$,
    wake,
    // whether messages are held back is known when the connection begins, so other connections do not check it for each message
    writable: isolation.holdsMessages ? () => writer.writable && !isolation.holdsMessages : () => writer.writable,
    mayBegin: () => !subscriptions.hasChanges,
    resendInterval: limits.protocolVersion === 5 ? 0 : options.resendInterval,
    scheduler,
    createYielding: () => createYielding(scheduler, trampoline),
  });
  return flow(router.publishAck$);
}

/** Subscriptions are sent first, and then wake the flow of messages. */
function isolationFlow({ config }: FlowConfig): Observable<never> | undefined {
  const { session, scheduler, resubscribe } = config.context;
  if (!session.isolation.isTimed) return undefined;
  return concat(isolationTicks(session.isolation, scheduler), NEVER).pipe(
    tap(() => resubscribe.trigger()),
    ignoreElements(),
  );
}

function receiveFlow({ router, limits, config }: FlowConfig): Observable<Packet> {
  const { options, context } = config;
  const flow = qosReceive({
    receiver: context.session.receiver,
    protocolVersion: limits.protocolVersion,
    deliverQos2: options.deliverQos2,
    deliver: context.dispatcher.dispatch,
    refused: (message, refusal) => context.refused.warn(message, refusal),
    ready$: context.ackReady.triggered$,
  });
  return flow(router.inbound$);
}

function keepaliveFlow({ activity$, writer, progress, limits, config }: FlowConfig): Observable<Packet> {
  const { options, context } = config;
  const { receivePressure, signal$, scheduler, meter } = context;
  const flow = keepalive({
    interval: pingInterval(limits, options),
    timeout: options.pingTimeout,
    probe$: signal$,
    // a PINGREQ arrives only after the bytes that are still unsent
    probeTimeout: () =>
      writer.unsentBytes > 0 ? options.pingTimeout : Math.min(options.probeTimeout, options.pingTimeout),
    scheduler,
    isReading: () => !receivePressure.isHigh,
    progress,
    roundTrip: ms => meter.recordRoundTrip(ms),
  });
  return flow(activity$);
}

function ackDeadlineFlow({ written$, holdsPackets, progress, config }: FlowConfig): Observable<never> | undefined {
  const { options, context } = config;
  const { session, receivePressure, scheduler } = context;
  if (options.ackTimeout === 0) return undefined;
  return ackDeadline({
    // the wait begins again after each pause of reading, also after one between two checks
    oldestUnacknowledged: () =>
      session.oldestUnacknowledged === undefined
        ? undefined
        : `${receivePressure.rises} ${session.oldestUnacknowledged}`,
    isPaused: () => receivePressure.isHigh || holdsPackets(),
    written$,
    timeout: options.ackTimeout,
    scheduler,
    progress,
  });
}

function stuckFlow({ config: { context } }: FlowConfig): Observable<never> | undefined {
  return context.options.ackWarnAfter === 0 ? undefined : stuckWarning(context);
}

function authFlow({ reauthentication, router, limits, config }: FlowConfig): Observable<Packet> | undefined {
  return reauthentication && reauthenticationFlow(config, router, reauthentication, limits);
}

/** A SUBSCRIBE is sent before messages that are published after it, so that a client receives its own message. */
const flows: readonly ((config: FlowConfig) => Observable<Packet> | undefined)[] = [
  subscriptionFlow,
  sendFlow,
  isolationFlow,
  receiveFlow,
  keepaliveFlow,
  ackDeadlineFlow,
  stuckFlow,
  authFlow,
];

/** Returns the ms of silence after which to ping. `idlePing` also applies where the server sets a Keep Alive, which may be a day. */
function pingInterval({ keepalive }: NegotiatedLimits, { idlePing }: AttemptOptions): number {
  return Math.min(orNever(keepalive * 1000 * PING_AFTER), orNever(idlePing * 1000));
}

const orNever = (ms: number): number => (ms > 0 ? ms : Infinity);
