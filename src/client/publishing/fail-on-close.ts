import type { MqttError } from '../../errors.js';
import type { OutgoingPublish } from '../../protocol/outbound/outgoing-publish.js';
import type { Sender } from '../../protocol/outbound/sender.js';
import { closedOn, storedDelivery } from './publish-errors.js';
import type { SuspendedPublications } from './suspended-publications.js';

export interface FailOnCloseConfig {
  readonly sender: Sender;
  /** Undefined without a store. */
  readonly suspended: SuspendedPublications | undefined;
  /** Whether the session keeps the messages in flight for a later connection. */
  readonly keepInFlight: boolean;
  /** Ends the wait for the outcome of a message that its session or its store keeps. */
  readonly fail: (message: OutgoingPublish, error: MqttError) => void;
  readonly settle: (message: OutgoingPublish, error: MqttError) => void;
}

/** Fails all messages because the client is closed, one in each step: first those that were never sent, in their order, then the others. */
export function* failOnClose(
  why: MqttError,
  { sender, suspended, keepInFlight, fail, settle }: FailOnCloseConfig,
): Generator<void, void> {
  const { queue, inFlight } = sender;
  const hasStore = suspended !== undefined;
  const reject = (message: OutgoingPublish) => queue.reject(message, closedOn(message.topic, why, 'rejected'));
  if (hasStore) {
    for (const message of queue.all) {
      // what is called meanwhile may have discarded it
      if (message.stage === 'queued' && storedDelivery(message) === 'rejected') reject(message);
      yield;
    }
  } else {
    // without a copy of the queue, which takes many ms for 100,000 messages
    for (let message = queue.oldest; message !== undefined; message = queue.oldest) {
      reject(message);
      yield;
    }
  }
  // what a store keeps is restored by its next opening
  const isKept = hasStore || keepInFlight;
  for (const message of isKept ? [...(suspended?.removeAll() ?? []), ...inFlight.all, ...queue.all] : sender.clear()) {
    const error = closedOn(message.topic, why, hasStore ? storedDelivery(message) : 'indeterminate');
    if (isKept) fail(message, error);
    else settle(message, error);
    yield;
  }
}
