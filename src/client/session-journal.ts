import type { MqttError } from '../errors.js';
import type { Journal } from '../store/journal.js';
import type { Session } from '../protocol/session.js';
import type { MqttWarning } from '../warnings.js';
import type { ClientOptions } from './options/resolve-options.js';
import { RestoredPublication } from './publishing/publication.js';
import type { Publisher } from './publishing/publisher.js';
import type { Trampoline } from './trampoline.js';
import type { Warnings } from './warnings.js';

interface JournalContext {
  readonly session: () => Session;
  readonly publisher: () => Publisher;
  readonly trampoline: Trampoline;
  readonly warnings: () => Warnings;
}

/** Creates what makes the session durable in the store of the options. Without a store, there is nothing to create. */
export function createJournal(
  { store, clientId, scheduler, tick, wallClock, offlineQos0 }: ClientOptions,
  { session, publisher, trampoline, warnings }: JournalContext,
): Journal | undefined {
  return store?.createJournal({
    clientId: clientId ?? '',
    scheduler,
    tick,
    wallClock,
    keepsQos0: offlineQos0 === 'queue',
    createMessage: stored => new RestoredPublication(stored),
    receiptOf: packetId => session().receiver.receiptOf(packetId),
    spentIds: () => session().sender.inFlight.spentIds.all,
    run: task => trampoline.run(task),
    onDurable: messages => publisher().stored(messages),
    onFailed: (error, messages, isFirst) => {
      if (isFirst) warnings().warn(storeWarning(error));
      publisher().notStored(error, messages);
    },
  });
}

const storeWarning = (error: MqttError): MqttWarning => ({
  code: 'STORE_FAILED',
  message: `${error.message}; until it works again, messages of QoS 1 and 2 are rejected and not acknowledged`,
  error,
});
