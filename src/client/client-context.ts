import type { Observable, SchedulerLike } from 'rxjs';
import type { MqttError } from '../errors.js';
import type { MqttOptions } from '../options/options.js';
import type { OutgoingPublish } from '../protocol/outbound/outgoing-publish.js';
import { Session } from '../protocol/session.js';
import type { SessionConfig } from '../protocol/session-config.js';
import type { OverlapDedup } from '../protocol/subscriptions/overlap-dedup.js';
import type { Subscriptions } from '../protocol/subscriptions/subscriptions.js';
import type { PublishAck } from '../packets.js';
import type { AckEvent, PacketEvent } from '../results.js';
import type { Journal } from '../store/journal.js';
import { CoalescedTrigger } from './coalesced-trigger.js';
import { ConnectionRecord, type RecordedConnection } from './connection-record.js';
import { Instrumentation } from './instrumentation/instrumentation.js';
import { FailureLog } from './lifecycle/failure-log.js';
import { Meter } from './meter.js';
import { ClientOptions } from './options/resolve-options.js';
import { OutboxEntries } from './publishing/outbox-entries.js';
import type { LifecycleSignal } from './platform/platform-signals.js';
import { Publisher } from './publishing/publisher.js';
import { createJournal } from './session-journal.js';
import { SlicedWork } from './publishing/sliced-work.js';
import { LateSubject } from './streams/late-subject.js';
import { Unicast } from './streams/unicast.js';
import type { Redelivering } from './topics/acknowledgement/left-messages.js';
import { ReceivePressure } from './topics/acknowledgement/receive-pressure.js';
import { SessionWarnings } from './topics/acknowledgement/session-warnings.js';
import { UnacknowledgedMessages } from './topics/acknowledgement/unacknowledged-messages.js';
import { Dispatcher } from './topics/dispatcher.js';
import { Topics } from './topics/topics.js';
import { UnroutedMessages } from './topics/unrouted-messages.js';
import { Trampoline } from './trampoline.js';
import { Warnings } from './warnings.js';

/**
 * What all parts of one client share. Each part gets the context as its configuration, and declares what it needs of it; it must not read
 * another part before all of them exist. The parts do not depend on the servers of the client. Lives with the client.
 */
export class ClientContext implements SessionConfig {
  readonly options: ClientOptions;
  readonly scheduler: SchedulerLike;
  /** Runs tasks at the end of the current turn of the event loop. */
  readonly tick: SchedulerLike;
  readonly trampoline = new Trampoline();
  readonly warnings: Warnings;
  readonly failures: FailureLog;
  readonly instrumentation: Instrumentation;
  /** Undefined without the option `store`. */
  readonly journal: Journal | undefined;
  readonly publisher: Publisher;
  readonly session: Session;
  readonly receivePressure: ReceivePressure;
  readonly unacknowledged = new UnacknowledgedMessages(this);
  readonly dispatcher: Dispatcher;
  readonly topics: Topics;
  readonly connections = new ConnectionRecord();

  /** Emits on `ack$`. Undefined until that is read. */
  acks: LateSubject<AckEvent> | undefined = undefined;
  /** Emits on `packet$`. Undefined until that is read. */
  packets: LateSubject<PacketEvent> | undefined = undefined;
  /** Emits the signals of the platform and of the clock while the client is open, to its connection or to its wait for one. */
  readonly signal$ = new Unicast<LifecycleSignal>();
  /** Is triggered when there may be a message to send. */
  readonly wake = new CoalescedTrigger(this.trampoline);
  /** Is triggered when acknowledgements that were held back may be sent. */
  readonly ackReady = new CoalescedTrigger(this.trampoline);
  /** Is triggered when the wanted subscriptions may have changed. */
  readonly resubscribe = new CoalescedTrigger(this.trampoline);
  /** Makes the broker send messages again that were left unacknowledged: the client, which sets it. */
  redelivering: Redelivering | undefined = undefined;

  // made on demand, because most clients need none of them
  #unrouted: UnroutedMessages | undefined;
  #sessionWarnings: SessionWarnings | undefined;
  #meter: Meter | undefined;
  #outboxEntries: OutboxEntries | undefined;
  #slicedWork: SlicedWork | undefined;

  constructor(given: MqttOptions, PublisherClass = Publisher) {
    const options = new ClientOptions(given);
    const { scheduler, tick, warn } = options;
    this.options = options;
    this.scheduler = scheduler;
    this.tick = tick;
    this.warnings = new Warnings(warn);
    this.failures = new FailureLog(warn);
    this.instrumentation = new Instrumentation(this.warnings);
    this.receivePressure = new ReceivePressure(tick);
    this.journal = createJournal(this);
    this.publisher = new PublisherClass(this);
    this.session = new Session(this);
    this.dispatcher = new Dispatcher(this);
    this.topics = new Topics(this);
  }

  get ack$(): Observable<AckEvent> {
    return (this.acks ??= new LateSubject()).values$;
  }

  get packet$(): Observable<PacketEvent> {
    return (this.packets ??= new LateSubject()).values$;
  }

  get subscriptions(): Subscriptions {
    return this.session.subscriptions;
  }

  get overlapDedup(): OverlapDedup {
    return this.subscriptions.overlapDedup;
  }

  get unrouted(): UnroutedMessages {
    return (this.#unrouted ??= new UnroutedMessages(this));
  }

  /** Undefined while nothing has been unrouted, held or left, and no stream has ended. */
  get unroutedIfUsed(): UnroutedMessages | undefined {
    return this.#unrouted;
  }

  get sessionWarnings(): SessionWarnings {
    return (this.#sessionWarnings ??= new SessionWarnings(this));
  }

  get meter(): Meter {
    return (this.#meter ??= new Meter(this));
  }

  get outboxEntries(): OutboxEntries {
    return (this.#outboxEntries ??= new OutboxEntries(this));
  }

  /** Tells the parts that a connection is established. */
  markConnected(connection: RecordedConnection, sessionPresent: boolean): void {
    if (!sessionPresent || connection.limits.clientId !== this.connections.limits?.clientId)
      this.#unrouted?.onSessionLost();
    this.connections.recordConnected(connection);
    this.publisher.markOnline();
    this.#sessionWarnings?.warnIfMessagesCanBeLost();
  }

  /** Tells the parts that the connection has ended. */
  markDisconnected(): void {
    this.connections.recordDisconnected();
    this.publisher.markOffline();
  }

  // for the session

  get recorder(): Journal | undefined {
    return this.journal;
  }

  now(): number {
    return this.scheduler.now();
  }

  settled(message: OutgoingPublish, error?: MqttError, ack?: PublishAck): void {
    this.publisher.onSettled(message, error, ack);
  }

  inSlices(messages: readonly OutgoingPublish[], task: (message: OutgoingPublish) => void): void {
    if (messages.length === 0) return;
    this.#slicedWork ??= new SlicedWork(this);
    this.#slicedWork.add(messages, task);
  }

  /** Undefined while there has been none. */
  get slicedWorkIfUsed(): SlicedWork | undefined {
    return this.#slicedWork;
  }

  onAckReady(): void {
    this.ackReady.trigger();
  }

  onFilterGivenUp(error: MqttError): void {
    this.topics.onGivenUp(error);
  }
}
