import { type SchedulerLike, Subscription, noop } from 'rxjs';
import { clientClosed } from '../../client/client-errors.js';
import { MqttError } from '../../errors.js';
import { TickCoalescer, type TickListener } from '../../operators/tick-coalescer.js';
import type { ConnectPacket, Packet } from '../../packets.js';
import type { ConnectionState } from '../../state.js';
import {
  type HostMessage,
  PORT_VERSION,
  type SharedMethod,
  type TabMessage,
  toPlainError,
  toPlainState,
} from '../port-messages.js';
import type { SharedPort } from '../port.js';
import { brokenLink, otherTerms, otherVersion } from './host-errors.js';
import type { TabConnection } from './host-context.js';
import { TabLink } from './tab-link.js';
import { type LivenessListener, TabLiveness } from './tab-liveness.js';
import type { TabSession } from './tab-session.js';

/** What a port needs of the host. */
export interface PortHost {
  readonly scheduler: SchedulerLike;
  readonly tick: SchedulerLike;
  readonly state: ConnectionState;
  /** The CONNACK for tabs, as text; undefined while it is not known whether the broker can be reached. It changes with the limits. */
  readonly terms: string | undefined;
  /** Whether the queue of the shared client is filling, so that no tab should publish more. */
  readonly isCongested: boolean;
  /** Called when a tab wants a connection. */
  onOpen(): void;
  /** Returns the session for a CONNECT, which is answered on the connection. */
  beginSession(packet: ConnectPacket, connection: TabConnection): TabSession;
  call(method: SharedMethod, onDone: (error?: MqttError) => void): void;
  /** Called when the tab is gone. */
  onClosed(port: TabPort): void;
}

/** The host's end of the port of one tab. */
export class TabPort implements TabConnection, LivenessListener, TickListener {
  readonly #port: SharedPort;
  readonly #host: PortHost;
  readonly #flush: TickCoalescer;
  readonly #subscription = new Subscription();
  readonly #liveness: TabLiveness;
  #isClosed = false;
  session: TabSession | undefined;

  // lives with the link
  /** The link that the tab has asked for; 0 for none. */
  #requested = 0;
  #link: TabLink | undefined;
  #isHandling = false;

  constructor(port: SharedPort, host: PortHost) {
    this.#port = port;
    this.#host = host;
    this.#liveness = new TabLiveness(host.scheduler, this);
    this.#flush = new TickCoalescer(host.tick, this);
  }

  start(): void {
    this.#liveness.restartKeepalive();
    this.#subscription.add(this.#port.closed$.subscribe({ next: () => this.#end(true), error: noop }));
    this.#subscription.add(
      this.#port.data$.subscribe({ next: data => this.#received(data as TabMessage), error: noop }),
    );
  }

  get isFull(): boolean {
    return this.#link?.isFull ?? true;
  }

  send(packet: Packet): void {
    if (this.#link === undefined) return;
    if (this.#link.write(packet)) this.#write();
    else this.#flush.schedule();
  }

  post(message: HostMessage): void {
    this.#port.postMessage(message);
  }

  probe(): void {
    this.#liveness.probe();
  }

  get isBehind(): boolean {
    return this.session?.isBehind ?? false;
  }

  onProbe(): void {
    this.post({ type: 'ping' });
  }

  onDead(): void {
    this.close();
  }

  /**
   * Follows the state of the shared client: opens the link that waits, and shows the state to the tab. The link stays while the broker is
   * away, so that what the tab publishes is in the queue of the shared client, and in its store.
   */
  onStateChange(): void {
    const { state, terms } = this.#host;
    if (this.#requested === 0) return;
    if (state.status === 'closed') this.#lose(state.error ?? clientClosed(undefined), true);
    else if (this.#link === undefined) this.#openIfReady();
    else if (terms !== this.#link.terms) this.#lose(otherTerms(), false);
    else this.#postState();
  }

  /** Handles what has waited while the queue of the shared client was filling. */
  onRelieved(): void {
    if (this.#link?.isBehind) this.#handlePackets(this.#link);
  }

  lose(error: unknown): void {
    this.#lose(MqttError.is(error) ? error : brokenLink(error), false);
  }

  /** Closes the port, because the tab does not answer, or the host ends. A tab that lives opens another one. */
  close(): void {
    this.post({ type: 'closed' });
    this.#end(true);
  }

  /** Closes the port, because its tab has another one. */
  takeOver(): void {
    this.#end(false);
  }

  #received(data: TabMessage): void {
    this.#liveness.restartKeepalive();
    if (data instanceof Uint8Array) return this.#receivedBytes(data);
    switch (data.type) {
      case 'open':
        return this.#onOpen(data.link, data.version);
      case 'end':
        if (this.#requested === 0 || data.link === this.#requested) this.#end(true);
        return;
      case 'read':
        if (data.link === this.#link?.number && this.#link.read(data.bytes)) this.session?.onReadable();
        return;
      case 'pong':
        return this.#liveness.onAnswer();
      case 'call':
        return this.#host.call(data.method, error =>
          this.post({
            type: 'answer',
            call: data.call,
            ...(error === undefined ? {} : { error: toPlainError(error) }),
          }),
        );
    }
  }

  #onOpen(link: number, version: number): void {
    this.#requested = link;
    this.#link = undefined;
    if (version !== PORT_VERSION) return this.#lose(otherVersion(version), true);
    this.#host.onOpen();
    this.onStateChange();
  }

  #openIfReady(): void {
    const { state, terms } = this.#host;
    // a client that is closing opens again first
    if (terms === undefined || toPlainState(state) === undefined) return;
    this.#link = new TabLink(this.#requested, terms);
    this.#postState();
    this.post({ type: 'opened', link: this.#requested });
  }

  #postState(): void {
    const state = toPlainState(this.#host.state);
    if (state !== undefined) this.post({ type: 'state', state });
  }

  #lose(error: MqttError, isFinal: boolean): void {
    const link = this.#requested;
    if (link === 0) return;
    this.#requested = 0;
    this.#link = undefined;
    this.#flush.cancel();
    this.session?.end();
    this.post({ type: 'lost', link, error: toPlainError(error), isFinal });
  }

  #receivedBytes(chunk: Uint8Array): void {
    if (this.#link === undefined) return;
    this.#link.received(chunk);
    this.#handlePackets(this.#link);
  }

  #handlePackets(link: TabLink): void {
    if (this.#isHandling) return;
    this.#isHandling = true;
    try {
      while (this.#link === link && !this.#host.isCongested) {
        const packet = link.nextPacket();
        if (packet === undefined) {
          const bytes = link.handled();
          if (bytes > 0) this.post({ type: 'read', link: link.number, bytes });
          break;
        }
        this.#handle(packet);
      }
    } catch (error) {
      this.lose(error);
    } finally {
      this.#isHandling = false;
    }
  }

  #handle(packet: Packet): void {
    if (packet.cmd === 'connect') this.session = this.#host.beginSession(packet, this);
    else if (packet.cmd === 'disconnect') this.#end(packet.reasonCode !== undefined && packet.reasonCode !== 0);
    else this.session?.handle(packet);
  }

  onTick(): void {
    this.#write();
  }

  #write(): void {
    this.#flush.cancel();
    const bytes = this.#link?.take();
    if (bytes !== undefined) this.#port.postMessage(bytes, [bytes.buffer]);
  }

  #end(withWill: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#link = undefined;
    this.#flush.cancel();
    this.#liveness.stop();
    this.#subscription.unsubscribe();
    this.#port.close();
    this.#host.onClosed(this);
    this.session?.close(withWill);
  }
}
