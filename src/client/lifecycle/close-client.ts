import type { MqttError } from '../../errors.js';
import { runInSlices } from '../../operators/slice.js';
import type { ClientContext } from '../client-context.js';
import { clientClosed } from '../client-errors.js';
import { createYielding } from '../yielding.js';
import type { ConnectionStates } from './connection-states.js';

/** So many messages and streams end in a few ms, so that it needs no more than one turn of the event loop. */
const FEW = 1000;

/**
 * Fails all messages, and then ends everything else that waits. The connection must have ended.
 *
 * Few of them end while the client is closed already. Many of them end in slices, while it is disconnecting: nothing reopens it before the
 * last one has ended.
 */
export function closeClient(context: ClientContext, states: ConnectionStates, error: MqttError | undefined): void {
  const { publisher, session, topics, slicedWorkIfUsed, journal } = context;
  states.isClosing = true;
  const completeStates = states.bindComplete();
  const failing = publisher.failAll(() => clientClosed(error), session.expiry > 0);
  const markClosed = () =>
    states.transitionTo(error === undefined ? { status: 'closed' } : { status: 'closed', error });
  const end = () => {
    session.receiver.abandon();
    for (const _ of topics.endAll(error));
    session.subscriptions.endUnsubscribes(() => clientClosed(error));
    context.unroutedIfUsed?.close();
    if (journal) session.discard();
    completeStates();
  };
  if (publisher.unsettled + topics.size <= FEW && slicedWorkIfUsed?.isDone !== false) {
    markClosed();
    for (const _ of failing);
    return end();
  }
  if (states.status !== 'disconnecting') states.transitionTo({ status: 'disconnecting' });
  const endAll = function* () {
    yield* failing;
    yield* topics.endAll(error);
  };
  runInSlices(endAll(), createYielding(context), () => {
    markClosed();
    // streams that were subscribed meanwhile end now
    end();
  });
}
