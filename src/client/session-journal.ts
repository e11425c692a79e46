import type { SchedulerLike } from 'rxjs';
import type { MqttError } from '../errors.js';
import type { DurableSession, DurableSessionConfig } from '../store/durable-session.js';
import type { Journal } from '../store/journal.js';
import type { Session } from '../protocol/session.js';
import type { OutboxEntry } from '../results.js';
import type { MqttWarning } from '../warnings.js';
import type { ClientOptions } from './options/resolve-options.js';
import { clientClosed } from './client-errors.js';
import { entryOf } from './publishing/outbox-entries.js';
import { RestoredPublication } from './publishing/publication.js';
import type { Publisher } from './publishing/publisher.js';
import type { Trampoline } from './trampoline.js';
import type { Warnings } from './warnings.js';

interface JournalContext {
  readonly options: ClientOptions;
  readonly session: Session;
  readonly publisher: Publisher;
  readonly trampoline: Trampoline;
  readonly warnings: Warnings;
}

/**
 * Creates what makes the session durable in the store of the options. Without a store, there is nothing to create. Session and publisher are
 * read only when the store calls back, so they need not exist yet.
 */
export function createJournal(context: JournalContext): Journal | undefined {
  const { options } = context;
  return options.store?.createJournal({
    clientId: options.clientId ?? '',
    scheduler: options.scheduler,
    tick: options.tick,
    wallClock: () => options.wallClock(),
    keepsQos0: options.offlineQos0 === 'queue',
    createMessage: (stored, sequence) =>
      context.publisher.suspended?.restore(stored, sequence) ?? new RestoredPublication(stored),
    receiptOf: packetId => context.session.receiver.receiptOf(packetId),
    spentIds: () => context.session.sender.inFlight.spentIds.all,
    run: task => context.trampoline.run(task),
    onDurable: messages => context.publisher.stored(messages),
    onFailed: (error, messages, isFirst) => {
      if (isFirst) context.warnings.warn(storeWarning(error));
      context.publisher.notStored(error, messages);
    },
  });
}

interface DurableContext {
  readonly journal: Journal | undefined;
  readonly session: Session;
  readonly publisher: Publisher;
  readonly scheduler: SchedulerLike;
  readonly trampoline: Trampoline;
}

interface DurableSessionHooks extends Pick<DurableSessionConfig, 'mayOpen' | 'onOpening' | 'onFailed'> {
  /** Called with a client identifier that an earlier process had made, or got from the broker. */
  readonly onClientId: (clientId: string) => void;
  /** Called when there is something to send. */
  readonly connectOnDemand: () => void;
  /** Called before the store closes: what the connection has not sent goes back to the session, and so to the store. */
  readonly dropConnection: () => void;
}

/** Creates what opens the stored session of a client and closes it; undefined without a store. */
export function createDurableSession(
  { journal, session, publisher, scheduler, trampoline }: DurableContext,
  { onClientId, connectOnDemand, dropConnection, ...hooks }: DurableSessionHooks,
): DurableSession | undefined {
  /** ms. When the first restored message expires that waits. */
  let expiresAt = Infinity;
  return journal?.createSession({
    ...hooks,
    scheduler,
    run: task => trampoline.within(task),
    restore: restored => {
      const { clientId, messages, received } = restored;
      if (clientId !== undefined) onClientId(clientId);
      session.restore(restored);
      let waiting = 0;
      expiresAt = Infinity;
      for (const message of messages) {
        if (message.stage !== 'queued') continue;
        waiting++;
        if (message.expiresAt !== undefined && message.expiresAt < expiresAt) expiresAt = message.expiresAt;
      }
      let entries: readonly OutboxEntry[] | undefined;
      return {
        ...(clientId === undefined ? {} : { clientId }),
        waiting,
        inFlight: messages.length - waiting,
        received: received.size,
        // made only for programs that read them, because there may be 100,000
        get entries() {
          return (entries ??= messages.map(entryOf));
        },
      };
    },
    onClosing: () => {
      session.isKeptByStore = true;
      publisher.freeze(() => clientClosed(undefined));
      dropConnection();
    },
    // what settles now is recorded, as it leaves the store
    onRestored: () => {
      // what was enqueued before, in its order
      for (const message of session.sender.queue.all) if (message.record === undefined) journal.recordOutgoing(message);
      publisher.restored(expiresAt);
      session.giveUpWithdrawn();
      const { queue, inFlight } = session.sender;
      if (queue.length + inFlight.size > 0) connectOnDemand();
    },
  });
}

const storeWarning = (error: MqttError): MqttWarning => ({
  code: 'STORE_FAILED',
  message: `${error.message}; until it works again, messages of QoS 1 and 2 are rejected and not acknowledged`,
  error,
});
