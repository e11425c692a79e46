import { type SchedulerLike, Subject } from 'rxjs';
import type { MqttError } from '../errors.js';
import type { MqttOptions } from '../options/options.js';
import type { Journal } from '../store/journal.js';
import { Session } from '../protocol/session.js';
import type { AckEvent, PacketEvent } from '../results.js';
import { type Inbound, createInbound } from './topics/inbound.js';
import { Meter } from './meter.js';
import { OutboxEntries } from './outbox-entries.js';
import { Publisher } from './publishing/publisher.js';
import { type ClientOptions, resolveClientOptions } from './options/resolve-options.js';
import { clientClosed } from './client-errors.js';
import { LateSubject } from './streams/late-subject.js';
import { CoalescedTrigger } from './coalesced-trigger.js';
import { Instrumentation } from './instrumentation/instrumentation.js';
import { FailureLog } from './lifecycle/failure-log.js';
import type { LifecycleSignal } from './platform/platform-signals.js';
import { createJournal } from './session-journal.js';
import { Topics } from './topics/topics.js';
import { Trampoline } from './trampoline.js';

/** What all parts of one client share. Lives with the client. */
export interface ClientContext extends Inbound {
  readonly options: ClientOptions;
  readonly scheduler: SchedulerLike;
  /** Runs tasks at the end of the current turn of the event loop. */
  readonly tick: SchedulerLike;
  readonly trampoline: Trampoline;
  readonly session: Session;
  /** Undefined without the option `store`. */
  readonly journal: Journal | undefined;
  readonly publisher: Publisher;
  readonly outboxEntries: OutboxEntries;
  readonly acks: LateSubject<AckEvent>;
  readonly topics: Topics;
  readonly meter: Meter;
  readonly failures: FailureLog;
  readonly packets: LateSubject<PacketEvent>;
  /** Emits the signals of the platform and of the clock while the client is open. */
  readonly signal$: Subject<LifecycleSignal>;
  /** Is triggered when there may be a message to send. */
  readonly wake: CoalescedTrigger;
  /** Is triggered when acknowledgements that were held back may be sent. */
  readonly ackReady: CoalescedTrigger;
  /** Is triggered when the wanted subscriptions may have changed. */
  readonly resubscribe: CoalescedTrigger;
}

/** Creates the shared parts of a client. They do not depend on its servers. */
export function createClientContext(given: MqttOptions, PublisherClass = Publisher): ClientContext {
  const options = resolveClientOptions(given);
  const acks = new LateSubject<AckEvent>();
  const { scheduler, tick, offlineQos0, topicPrefixes } = options;
  const trampoline = new Trampoline();
  const wake = new CoalescedTrigger(trampoline);
  const resubscribe = new CoalescedTrigger(trampoline);
  const ackReady = new CoalescedTrigger(trampoline);
  const journal = createJournal(options, {
    session: () => session,
    publisher: () => publisher,
    trampoline,
    warnings: () => warnings,
  });
  const instrumentation = new Instrumentation(warning => incoming.warnings.warn(warning));
  const publisher = new PublisherClass({
    sender: () => session.sender,
    scheduler,
    wake,
    acks,
    instrumentation,
    offlineQos0,
    hasStore: journal !== undefined,
    storeRefusal: () => journal?.refusal,
  });
  const session: Session = new Session({
    queue: options.queue,
    maxInFlight: options.maxInFlight,
    maxInFlightBytes: options.maxInFlightBytes,
    maxDeliveries: options.maxDeliveries,
    resubscribe: options.resubscribe,
    republish: options.republish,
    random: options.random,
    topicPrefixes,
    now: () => scheduler.now(),
    settled: publisher.onSettled,
    recorder: journal,
    onAckReady: () => ackReady.trigger(),
    onFilterGivenUp: error => topics.onGivenUp(error),
  });
  const { subscriptions, receiver } = session;
  const { hold, ackWarnAfter, warn } = options;
  const { overlapDedup } = subscriptions;
  const inboundConfig = {
    instrumentation,
    overlapDedup,
    receiver,
    hold,
    ackWarnAfter,
    warn,
    scheduler,
    tick,
    trampoline,
  };
  const incoming: Inbound = createInbound(inboundConfig);
  const { dispatcher, unacknowledged, leftMessages, unrouted, refused, receivePressure, warnings, sessionWarnings } =
    incoming;
  const topics = new Topics({
    topicPrefixes,
    scheduler,
    trampoline,
    dispatcher,
    unacknowledged,
    leftMessages,
    unrouted,
    refused,
    receivePressure,
    warnings,
    sessionWarnings,
    instrumentation,
    subscriptions,
    resubscribe,
    acks,
  });
  return {
    options,
    scheduler,
    tick,
    trampoline,
    dispatcher,
    unacknowledged,
    leftMessages,
    unrouted,
    refused,
    receivePressure,
    warnings,
    sessionWarnings,
    instrumentation,
    session,
    journal,
    publisher,
    outboxEntries: new OutboxEntries(session, journal, tick),
    acks,
    topics,
    meter: new Meter({ session, unacknowledged, receivePressure, scheduler }),
    failures: new FailureLog(options.warn),
    packets: new LateSubject<PacketEvent>(),
    signal$: new Subject<LifecycleSignal>(),
    wake,
    ackReady,
    resubscribe,
  };
}

/** Tells the parts of a client that its connection has ended. */
export function markDisconnected({ meter, publisher }: ClientContext): void {
  meter.recordDisconnected();
  publisher.markOffline();
}

/** Ends all streams and calls that wait, because the client is closed and its messages have settled. */
export function endClient({ session, topics, unrouted, journal }: ClientContext, error?: MqttError): void {
  session.receiver.abandon();
  for (const _ of topics.endAll(error));
  session.subscriptions.endUnsubscribes(clientClosed(error));
  unrouted.close();
  if (journal) session.discard();
}
