import {
  type Observable,
  asyncScheduler,
  defer,
  distinctUntilChanged,
  merge,
  noop,
  of,
  startWith,
  switchMap,
  throwError,
} from 'rxjs';
import { Client } from '../../client/client.js';
import { notConnected } from '../../client/connection/reauthentication.js';
import { parseServers } from '../../client/options/server.js';
import { ClientContext } from '../../client/client-context.js';
import { MqttError } from '../../errors.js';
import type { Payload } from '../../message.js';
import type { MqttOptions } from '../../options/options.js';
import type { SubackPacket } from '../../packets.js';
import { assertTopicName } from '../../protocol/topics/validate.js';
import type { ClientStats } from '../../results.js';
import type { Connack, ConnectionState } from '../../state.js';
import { misuse, quote, quoteAll } from '../marbles/failure.js';
import { inspect } from '../marbles/inspect.js';
import { type Given, GrantingBroker } from './granting-broker.js';
import type { MockMqtt, MockMqttOptions } from './mock-mqtt.js';
import type { MockPublication } from './mock-publication.js';
import { MockScheduler } from './mock-scheduler.js';
import { RecordingPublisher } from './recording-publisher.js';
import { ShownStates } from './shown-states.js';

/** Creates a {@link MockMqtt}. By default it is connected, and settles what is published. */
export function mockMqtt(options: MockMqttOptions = {}): MockMqtt {
  assertOptions(options);
  const { connection = 'connected', settle = 'automatic', scheduler: timers = asyncScheduler } = options;
  const scheduler = new MockScheduler(timers);
  const broker = new GrantingBroker(scheduler, settle === 'automatic');
  const client = new MockClient(scheduler, broker);
  client.setConnection(connection);
  return client;
}

const names = ['connection', 'settle', 'scheduler'] satisfies (keyof MockMqttOptions)[];

function assertOptions({ settle, ...others }: MockMqttOptions): void {
  const unknown = Object.keys(others).find(name => !(names as string[]).includes(name));
  if (unknown !== undefined) throw misuse(`unknown option '${unknown}' of mockMqtt(); known are ${quoteAll(names)}`);
  if (![undefined, 'automatic', 'byHand'].includes(settle))
    throw misuse(`option 'settle' of mockMqtt() is ${quote(settle)}; known are 'automatic', 'byHand'`);
}

type Status = ConnectionState['status'];

const statuses = ['idle', 'connecting', 'connected', 'reconnecting', 'disconnecting', 'closed'] satisfies Status[];

/** The real client, with a broker in the same process that connects it when the test says so. */
class MockClient extends Client implements MockMqtt {
  readonly #context: ClientContext;
  readonly #broker: GrantingBroker;
  readonly #states: ShownStates;
  readonly #stats$: Observable<ClientStats>;

  constructor(scheduler: MockScheduler, broker: GrantingBroker) {
    const options = optionsOf(scheduler, broker);
    const context = new ClientContext(options, RecordingPublisher);
    super(parseServers('mqtt://mock', true), options, context);
    scheduler.run = task => context.trampoline.run(task);
    this.#context = context;
    this.#broker = broker;
    this.#states = new ShownStates(super.connection$, () => super.connection);
    this.#stats$ = this.#statsAtEachChange();
  }

  override get connection$(): Observable<ConnectionState> {
    return this.#states.state$;
  }

  override get stats$(): Observable<ClientStats> {
    return this.#stats$;
  }

  override get connection(): ConnectionState {
    return this.#states.present;
  }

  get published(): readonly MockPublication[] {
    return this.#publisher.published;
  }

  get filters(): readonly string[] {
    const { filters } = this.#broker;
    const { subscriptions } = this.#context.session;
    return this.#status === 'connected' ? filters : filters.filter(filter => subscriptions.holds(filter));
  }

  /** Succeeds immediately, because the broker of a mock grants every request. */
  override reauthenticate(): Observable<void> {
    return defer(() => (this.#status === 'connected' ? of(undefined) : throwError(notConnected)));
  }

  emit(topic: string, payload?: Payload, given: Given = {}): void {
    assertTopicName(topic);
    if (this.#status !== 'connected') {
      throw misuse(
        `no message of '${topic}' can arrive while the mock is '${this.#status}'; call setConnection('connected') first`,
      );
    }
    let refusal: string | undefined;
    const watching = this.warning$.subscribe({
      next: ({ code, message }) => {
        if (code === 'MESSAGE_REFUSED') refusal = message;
      },
      error: noop,
    });
    this.#broker.emit(topic, payload, given);
    watching.unsubscribe();
    if (refusal !== undefined) throw misuse(`the client does not take the message of '${topic}': ${refusal}`);
    this.#publisher.changed();
  }

  setConnection(given: ConnectionState | Status): void {
    const state = typeof given === 'object' ? given : undefined;
    const status = typeof given === 'object' ? given.status : given;
    if (!statuses.includes(status)) {
      throw misuse(`unknown status ${quote(status)} of setConnection(); known are ${quoteAll(statuses)}`);
    }
    if (status === 'idle' && this.#status !== 'idle') {
      throw misuse(
        `the mock is '${this.#status}' and cannot be 'idle' again; a client is 'idle' only before its first connection`,
      );
    }
    this.#context.trampoline.run(() => this.#states.lead(status, state, () => this.#lead(state ?? { status })));
  }

  fail(filter: string, error: MqttError | number): void {
    if (!this.filters.includes(filter)) {
      throw misuse(`the filter '${filter}' is not subscribed; subscribed are ${quoteAll(this.filters)}`);
    }
    const { topics, trampoline } = this.#context;
    trampoline.run(() => {
      if (typeof error !== 'number') return topics.obstructed(withSubject(filter, error));
      const refusal: SubackPacket = { cmd: 'suback', packetId: 1, reasonCodes: [error] };
      topics.settled(refusal, { filters: [filter], reasonCodes: refusal.reasonCodes });
    });
  }

  assertNoPending(): void {
    const pending = this.published.filter(({ isPending }) => isPending);
    const lines = pending.map(({ topic, payload, qos }) => `  ${topic} ${inspect(payload)} q${qos}`);
    if (lines.length > 0) throw new Error(`${lines.length} published and not settled:\n${lines.join('\n')}`);
  }

  get #publisher(): RecordingPublisher {
    return this.#context.publisher as RecordingPublisher;
  }

  /** The status of the client, which may differ from the one that is shown. */
  get #status(): Status {
    return super.connection.status;
  }

  #lead({ status, connack, error }: { status: Status; connack?: Connack; error?: MqttError }): void {
    // A CONNACK that the test gives needs a new connection.
    if (status === this.#status && connack === undefined) return;
    switch (status) {
      case 'idle':
        return; // setConnection() refuses it
      case 'connecting':
        return this.#begin();
      case 'connected':
        if (this.#status !== 'connecting') this.#begin();
        return this.#step(() => this.#broker.accept(connack?.properties));
      case 'reconnecting':
        if (this.#status !== 'connected') this.#begin();
        return this.#step(() => this.#broker.lose(error ?? lost()));
      case 'disconnecting':
        this.#lead({ status: 'connected' });
        this.#broker.fallSilent();
        return this.#step(() => this.close());
      case 'closed':
        return this.#end(error);
    }
  }

  /** Lets the client start an attempt to connect. */
  #begin(): void {
    if (this.#status === 'disconnecting') this.#end();
    if (this.#status !== 'connecting') this.#step(() => this.reconnect().subscribe({ error: noop }));
  }

  #end(error?: MqttError): void {
    if (error !== undefined) {
      if (this.#status !== 'connected') this.#begin();
      this.#step(() => this.#broker.loseForGood(error));
    } else if (this.#status === 'disconnecting') this.#step(() => this.#broker.lose(lost()));
    else this.#step(() => this.close());
  }

  /** Runs a task and everything that it triggers. */
  #step(task: () => void): void {
    task();
    this.#context.trampoline.settle();
  }

  /** The client samples its figures with a timer, which would keep a TestScheduler alive, so a mock takes them at each change. */
  #statsAtEachChange(): Observable<ClientStats> {
    const { meter } = this.#context;
    return merge(this.#publisher.changed$, super.connection$).pipe(
      startWith(undefined),
      switchMap(() => meter.stats(of(false))),
      distinctUntilChanged((a, b) => JSON.stringify(a) === JSON.stringify(b)),
    );
  }
}

/** Returns the options of the client, which leave out everything that sets a timer by itself. */
function optionsOf(scheduler: MockScheduler, { transport, reconnect }: GrantingBroker): MqttOptions {
  return {
    clientId: 'mock',
    protocolVersion: 5,
    transport,
    reconnect,
    verdict: () => 'retry',
    maxDeliveries: Infinity,
    scheduler,
    random: () => 0,
    platformSignal$: false,
    quiet: true,
    keepalive: 0,
    ackTimeout: 0,
    ackWarnAfter: 0,
    connectTimeout: Infinity,
    closeTimeout: Infinity,
  };
}

/** Returns the error with the filter as its subject. */
function withSubject(filter: string, error: MqttError): MqttError {
  if (error.subject === filter) return error;
  const { code, message, reasonCode, reasonString, retryable, cause } = error;
  return new MqttError(code, message, { reasonCode, reasonString, retryable, cause, subject: filter });
}

const lost = () => new MqttError('CONNECTION_CLOSED', 'the connection of the mock is lost', { retryable: true });
