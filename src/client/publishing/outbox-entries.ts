import { Observable, type SchedulerLike } from 'rxjs';
import { MqttError } from '../../errors.js';
import { TickCoalescer } from '../../operators/tick-coalescer.js';
import type { OutgoingRecorder } from '../../protocol/session-recorder.js';
import type { OutgoingPublish } from '../../protocol/outbound/outgoing-publish.js';
import type { Sender } from '../../protocol/outbound/sender.js';
import type { Session } from '../../protocol/session.js';
import { quoted } from '../../quoted.js';
import type { OutboxEntry } from '../../results.js';

/** The messages that entries were made of. */
const messages = new WeakMap<OutboxEntry, OutgoingPublish>();

/** Returns what users see of a message that has not settled. */
export function entryOf(message: OutgoingPublish): OutboxEntry {
  const { topic, qos, retain, bytes, tag, stage } = message;
  const entry: OutboxEntry = Object.freeze({
    topic,
    qos,
    retain,
    bytes,
    ...(tag === undefined ? {} : { tag }),
    stage: stage === 'queued' ? 'waiting' : stage === 'released' ? 'received' : 'sent',
  });
  messages.set(entry, message);
  return entry;
}

export interface OutboxEntriesConfig {
  readonly session: Session;
  readonly journal: OutgoingRecorder | undefined;
  readonly tick: SchedulerLike;
}

/** Shows the outgoing messages that have not settled. It costs nothing while nobody is subscribed. Lives with the client. */
export class OutboxEntries {
  readonly #config: OutboxEntriesConfig;
  readonly #listeners = new Set<TickCoalescer>();

  constructor(config: OutboxEntriesConfig) {
    this.#config = config;
  }

  get entries$(): Observable<readonly OutboxEntry[]> {
    return new Observable(subscriber => {
      const listener = new TickCoalescer(this.#config.tick, { onTick: () => subscriber.next(this.#entries) });
      this.#listeners.add(listener);
      this.#listen();
      subscriber.add(() => {
        listener.cancel();
        this.#listeners.delete(listener);
        this.#listen();
      });
      subscriber.next(this.#entries);
    });
  }

  /** Takes the message of an entry out of the queue, or has it not sent again. Returns false if it has settled, or the broker has it. */
  discard(entry: OutboxEntry): boolean {
    const message = messages.get(entry);
    if (message === undefined) {
      const words = "discard() takes an entry of 'outbox$' or 'restored$', as it was emitted";
      throw new MqttError('INVALID_ARGUMENT', words, { subject: 'entry' });
    }
    if (this.#config.session.isKeptByStore) return false;
    if (message.stage !== 'queued') return message.stage === 'sent' && this.#sender.withdraw(message);
    this.#sender.refuse(message, discarded(message));
    return true;
  }

  get #sender(): Sender {
    return this.#config.session.sender;
  }

  get #entries(): readonly OutboxEntry[] {
    return [...this.#sender.inFlight.all, ...this.#sender.queue.all].map(entryOf);
  }

  #listen(): void {
    const { journal: recorder } = this.#config;
    if (this.#listeners.size === 0) return this.#sender.recordTo(recorder);
    this.#sender.recordTo({
      recordOutgoing: message => {
        recorder?.recordOutgoing(message);
        for (const listener of this.#listeners) listener.schedule();
      },
      recordSpentIds: () => recorder?.recordSpentIds(),
    });
  }
}

function discarded({ topic }: OutgoingPublish): MqttError {
  return new MqttError('MESSAGE_DISCARDED', `the message to ${quoted(topic)} was discarded before it was sent`, {
    subject: topic,
    delivery: 'rejected',
  });
}
