import { BehaviorSubject, type Observable, type SchedulerLike, Subscription, noop } from 'rxjs';
import type { Client } from '../../client/client.js';
import type { ClientContext } from '../../client/client-context.js';
import type { MqttClient } from '../../client/mqtt-client.js';
import type { MqttError } from '../../errors.js';
import type { AckableMessage } from '../../message.js';
import type { TopicOptions } from '../../options/call-options.js';
import type { ConnackProperties, ConnectPacket } from '../../packets.js';
import { quoted } from '../../quoted.js';
import type { ConnectionState } from '../../state.js';
import type { MqttWarning } from '../../warnings.js';
import { type HostMessage, type SharedMethod, toPlainWarning } from '../port-messages.js';
import type { SharedPort } from '../port.js';
import { type Connected, termsOf } from './connack.js';
import type { HostContext, TabConnection } from './host-context.js';
import { checkHostOptions, notAClient } from './host-errors.js';
import { RetainedWindow } from './retained-window.js';
import { ShareGroups } from './share-groups.js';
import { type PortHost, TabPort } from './tab-port.js';
import type { TabSession } from './tab-session.js';
import { TabSessions } from './tab-sessions.js';

/** How a client is shared. */
export interface HostOptions {
  /**
   * ms between the end of the last tab and the end of the connection. A page that is reloaded, or followed by another page, finds the
   * connection. Default 2,000.
   */
  linger?: number;
  /** ms that the end of the connection waits until what the tabs have published has settled. Default 5,000. */
  drain?: number;
}

/** The owner of a client that tabs share. */
export interface SharedHost {
  /** Serves the tab at the other end of the port, until it ends. */
  accept(port: SharedPort): void;
  /** The number of tabs. Emits the current number, then each new one. Never errors or completes. Shared. */
  readonly tabs$: Observable<number>;
  /** Closes all ports and the client. Tabs that live look for another owner. */
  close(): void;
}

/**
 * Shares a client among tabs, each at the other end of a port. The client connects for the first tab, and disconnects after the last.
 *
 * @param client - a client that `mqtt()` has made. Its options are those of the connection, of the session and of the store.
 * @throws MqttError `INVALID_ARGUMENT` for another client, or a wrong option.
 */
export function hostClient(client: MqttClient, options: HostOptions = {}): SharedHost {
  const { context } = client as Partial<Client>;
  if (context === undefined) throw notAClient();
  checkHostOptions(options);
  return new Host(client as Client, context, options);
}

class Host implements SharedHost, PortHost, HostContext {
  readonly #context: ClientContext;
  readonly #options: Required<HostOptions>;
  readonly #ports = new Set<TabPort>();
  readonly #sessions: TabSessions;
  readonly #tabs$ = new BehaviorSubject(0);
  readonly #subscription = new Subscription();
  #state: ConnectionState;
  #states = Subscription.EMPTY;
  #warnings = Subscription.EMPTY;
  #lingerTimer = Subscription.EMPTY;
  /** Undefined until the first attempt has succeeded or failed. */
  #terms: ConnackProperties | undefined;
  /** Whether the client connects again as soon as it is closed. */
  #isReopening = false;
  #dropped = 0;

  readonly client: Client;
  readonly shareGroups = new ShareGroups();
  readonly retainedWindow: RetainedWindow;
  readonly tabs$ = this.#tabs$.asObservable();

  constructor(client: Client, context: ClientContext, { linger = 2000, drain = 5000 }: HostOptions) {
    this.client = client;
    this.#context = context;
    this.#options = { linger, drain };
    this.#state = client.connection;
    this.retainedWindow = new RetainedWindow(context.scheduler);
    this.#sessions = new TabSessions(context.scheduler, this);
    this.#follow();
    const relieve = () => {
      if (!this.isCongested) for (const port of [...this.#ports]) port.onRelieved();
    };
    this.#subscription.add(context.publisher.settled$.subscribe({ next: relieve, error: noop }));
    this.#subscription.add(context.publisher.flushed$.subscribe({ next: relieve, error: noop }));
    this.#subscription.add(client.reopened$.subscribe({ next: () => this.#follow(), error: noop }));
  }

  accept(port: SharedPort): void {
    if (this.#subscription.closed) {
      const closed: HostMessage = { type: 'closed' };
      port.postMessage(closed);
      return port.close();
    }
    const tab = new TabPort(port, this);
    this.#lingerTimer.unsubscribe();
    if (this.#ports.size === 0) this.#followWarnings();
    this.#ports.add(tab);
    this.#tabs$.next(this.#ports.size);
    tab.start();
  }

  close(): void {
    this.#lingerTimer.unsubscribe();
    this.#subscription.unsubscribe();
    this.#states.unsubscribe();
    for (const port of [...this.#ports]) port.close();
    this.#lingerTimer.unsubscribe();
    this.#sessions.close();
    this.client.close();
  }

  // For the ports:

  get scheduler(): SchedulerLike {
    return this.#context.scheduler;
  }

  get tick(): SchedulerLike {
    return this.#context.tick;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get terms(): string | undefined {
    return this.#terms === undefined ? undefined : JSON.stringify(this.#terms);
  }

  get isCongested(): boolean {
    const { queue } = this.#context.session.sender;
    const { maxMessages, maxBytes } = this.#context.options.queue;
    return this.#state.status === 'connected' && (queue.length > maxMessages / 2 || queue.bytes > maxBytes / 2);
  }

  onOpen(): void {
    const { status } = this.#state;
    if (status !== 'idle' && status !== 'closed' && status !== 'disconnecting') return;
    this.#isReopening = status === 'disconnecting';
    // why it fails is a value of the states
    this.client.connect().subscribe({ error: noop });
  }

  beginSession(packet: ConnectPacket, connection: TabConnection): TabSession {
    const properties = this.#terms!;
    const known = this.#sessions.of(packet.clientId);
    // the tab has another port, and its old one has ended without a word
    if (known !== undefined)
      for (const port of [...this.#ports]) if (port !== connection && port.session === known) port.takeOver();
    const { session, isPresent } = this.#sessions.begin(packet);
    connection.send({ cmd: 'connack', sessionPresent: isPresent, reasonCode: 0, properties });
    session.begin(packet, connection, properties.receiveMaximum!);
    return session;
  }

  call(method: SharedMethod, onDone: (error?: MqttError) => void): void {
    const done$: Observable<unknown> = this.client[method]();
    done$.subscribe({ error: onDone, complete: () => onDone() });
  }

  onClosed(port: TabPort): void {
    this.#ports.delete(port);
    if (port.session !== undefined) this.#sessions.end(port.session);
    this.#tabs$.next(this.#ports.size);
    if (this.#ports.size > 0) return;
    this.#warnings.unsubscribe();
    const { linger, drain } = this.#options;
    this.#lingerTimer = this.scheduler.schedule(
      () => this.client.disconnect({ drain }).subscribe({ error: noop }),
      linger,
    );
  }

  // For the sessions:

  get isSessionKept(): boolean {
    return this.#context.connections.sessionOutlivesConnection;
  }

  topic$(filter: string, options: TopicOptions): Observable<AckableMessage> {
    const manual = { ...options, ack: 'manual' } as const;
    // it is the tab that acknowledges by hand, or does not
    return this.#context.topics.topic$(filter, manual, false) as Observable<AckableMessage>;
  }

  requestRetained(filter: string): void {
    this.retainedWindow.open();
    this.#context.session.subscriptions.requestRetained(filter);
    this.#context.resubscribe.trigger();
  }

  isHeld(filter: string): boolean {
    return this.#sessions.some(session => session.holds(filter));
  }

  isWanted(topic: string): boolean {
    return this.#sessions.some(session => session.wants(topic));
  }

  onDropped(topic: string): void {
    const count = ++this.#dropped;
    if (!/^10*$/.test(`${count}`)) return;
    this.#context.warnings.warn({
      code: 'TAB_NOT_READING',
      message:
        `a tab does not read what has arrived for it, so a QoS 0 message of ${quoted(topic)} was dropped (${count} so far); ` +
        'a page that the browser has frozen reads nothing',
      topic,
      count,
    });
  }

  #onConnected(state: Connected): void {
    this.#terms = termsOf(state);
    this.#sessions.onConnected(state.connack.sessionPresent);
  }

  /** Follows the states until the client is closed. */
  #follow(): void {
    this.#states.unsubscribe();
    const next = (state: ConnectionState) => {
      this.#state = state;
      if (state.status === 'connected') this.#onConnected(state);
      // a tab that opens while the broker cannot be reached works all the same
      else if (state.status === 'reconnecting') this.#terms ??= termsOf(undefined);
      // a tab that came while the client was closing waits until it is open again
      if (state.status === 'closed' && this.#isReopening) return;
      this.#isReopening = false;
      for (const port of [...this.#ports]) port.onStateChange();
    };
    this.#states = this.client.state$.subscribe({ next, error: noop });
  }

  #followWarnings(): void {
    const next = (warning: MqttWarning) => {
      const message: HostMessage = { type: 'warning', warning: toPlainWarning(warning) };
      for (const port of this.#ports) port.post(message);
    };
    this.#warnings = this.client.warning$.subscribe({ next, error: noop });
  }
}
