import { NEVER, Observable, concat, ignoreElements, tap } from 'rxjs';
import { ackDeadline } from '../../operators/liveness/ack-deadline.js';
import { isolationTicks } from '../../operators/isolation-ticks.js';
import { keepalive } from '../../operators/liveness/keepalive.js';
import { qosReceive } from '../../operators/qos-receive.js';
import { qosSend } from '../../operators/qos-send.js';
import { subscribe } from '../../operators/subscribe.js';
import type { Packet } from '../../packets.js';
import type { NegotiatedLimits } from '../../state.js';
import type { ClientContext } from '../client-context.js';
import { stuckWarning } from '../topics/acknowledgement/stuck-warning.js';
import { reauthenticationFlow } from './authentication-flows.js';
import type { ConnectionConfig } from './connection-config.js';
import { type ConnectionStreams, FlowConfig } from './flow-config.js';

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
    const flowConfig = new FlowConfig(limits, config, streams);
    for (const createFlow of flows) if (!subscriber.closed) createFlow(flowConfig)?.subscribe(subscriber);
  });

/** Subscriptions are sent first, and then wake the flow of messages. */
function isolationFlow({ session, scheduler, resubscribe }: ClientContext): Observable<never> | undefined {
  if (!session.isolation.isTimed) return undefined;
  return concat(isolationTicks(session.isolation, scheduler), NEVER).pipe(
    tap(() => resubscribe.trigger()),
    ignoreElements(),
  );
}

/** A SUBSCRIBE is sent before messages that are published after it, so that a client receives its own message. */
const flows: readonly ((config: FlowConfig) => Observable<Packet> | undefined)[] = [
  config => subscribe(config)(config.streams.router.subscriptionAck$),
  config => qosSend(config)(config.streams.router.publishAck$),
  ({ context }) => isolationFlow(context),
  config => qosReceive(config)(config.streams.router.inbound$),
  config => keepalive(config)(config.streams.activity$),
  ackDeadline,
  ({ context }) => stuckWarning(context),
  reauthenticationFlow,
];
