import { type SchedulerLike, Subscription, noop } from 'rxjs';
import { ClientPackets } from '../../codec/server/client-packets.js';
import { ServerEncoder } from '../../codec/server/server-encoder.js';
import { MqttError } from '../../errors.js';
import { TickCoalescer } from '../../operators/tick-coalescer.js';
import type { ConnectPacket, Packet } from '../../packets.js';
import { ReadReports, WriteWindow } from '../byte-window.js';
import { type HostMessage, PORT_VERSION, type SharedMethod, type TabMessage, toPlainError } from '../port-messages.js';
import type { SharedPort } from '../port.js';
import { brokenLink, otherVersion, reconnecting } from './port-errors.js';
import type { TabConnection } from './host-context.js';
import { type LivenessListener, TabLiveness } from './tab-liveness.js';
import type { TabSession } from './tab-session.js';

/** bytes of packets after which they are posted within the turn. */
const BATCH_BYTES = 64 * 1024;

/** What a port needs of the host. */
export interface PortHost {
  readonly scheduler: SchedulerLike;
  readonly tick: SchedulerLike;
  /** Whether the shared client is connected. */
  readonly isConnected: boolean;
  /** Whether the queue of the shared client is filling, so that no tab should publish more. */
  readonly isCongested: boolean;
  /** Why there is no connection now and none is being made; undefined while one is. */
  readonly failure: { readonly error: MqttError; readonly isFinal: boolean } | undefined;
  /** Called when a tab wants a connection. */
  onOpen(): void;
  /** Returns the session for a CONNECT, which is answered on the connection. */
  beginSession(packet: ConnectPacket, connection: TabConnection): TabSession;
  call(method: SharedMethod, onDone: (error?: MqttError) => void): void;
  /** Called when the tab is gone. */
  onClosed(port: TabPort): void;
}

/** The host's end of the port of one tab. */
export class TabPort implements TabConnection, LivenessListener {
  readonly #port: SharedPort;
  readonly #host: PortHost;
  readonly #flush: TickCoalescer<TabPort>;
  readonly #subscription = new Subscription();
  readonly #liveness: TabLiveness;
  #isClosed = false;
  session: TabSession | undefined;

  // lives with the link
  /** The link that the tab has asked for; 0 for none. */
  #link = 0;
  #isOpen = false;
  #packets = new ClientPackets();
  #encoder = new ServerEncoder(5);
  #window = new WriteWindow();
  #reports = new ReadReports();
  /** The bytes that are not handled yet, because the queue of the shared client is filling. */
  #unhandled = 0;
  #isHandling = false;

  constructor(port: SharedPort, host: PortHost) {
    this.#port = port;
    this.#host = host;
    this.#liveness = new TabLiveness(host.scheduler, this);
    this.#flush = new TickCoalescer<TabPort>(host.tick, owner => owner.#write(), this);
  }

  start(): void {
    this.#subscription.add(this.#port.closed$.subscribe({ next: () => this.#end(true), error: noop }));
    this.#subscription.add(
      this.#port.data$.subscribe({ next: data => this.#received(data as TabMessage), error: noop }),
    );
  }

  get isFull(): boolean {
    return this.#window.isFull;
  }

  send(packet: Packet): void {
    if (!this.#isOpen) return;
    this.#encoder.write(packet);
    if (this.#encoder.size >= BATCH_BYTES) this.#write();
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

  /** Follows the state of the shared client: opens the link that waits, or ends it with the reason. */
  onStateChange(): void {
    const { isConnected, failure } = this.#host;
    if (this.#link === 0) return this.post({ type: 'changed' });
    if (isConnected && !this.#isOpen) return this.#open();
    if (failure !== undefined) this.#lose(failure.error, failure.isFinal);
    else if (this.#isOpen && !isConnected) this.#lose(reconnecting(), false);
  }

  /** Handles what has waited while the queue of the shared client was filling. */
  onRelieved(): void {
    if (this.#unhandled > 0) this.#handlePackets();
  }

  lose(error: unknown): void {
    this.#lose(MqttError.is(error) ? error : brokenLink(error), false);
  }

  /** Closes the port, because the tab does not answer, or the host ends. A tab that lives opens another one. */
  close(): void {
    this.post({ type: 'closed' });
    this.#end(true);
  }

  #received(data: TabMessage): void {
    if (data instanceof Uint8Array) return this.#receivedBytes(data);
    switch (data.type) {
      case 'open':
        return this.#onOpen(data.link, data.version);
      case 'end':
        if (data.link === this.#link) this.#end(true);
        return;
      case 'read':
        if (data.link === this.#link && this.#window.read(data.bytes)) this.session?.onReadable();
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
    this.#link = link;
    this.#isOpen = false;
    if (version !== PORT_VERSION) return this.#lose(otherVersion(version), true);
    this.#host.onOpen();
    if (this.#host.isConnected) this.#open();
    else if (this.#host.failure !== undefined) this.onStateChange();
  }

  #open(): void {
    this.#isOpen = true;
    this.#packets = new ClientPackets();
    this.#encoder = new ServerEncoder(5);
    this.#window = new WriteWindow();
    this.#reports = new ReadReports();
    this.#unhandled = 0;
    this.#liveness.restartKeepalive();
    this.post({ type: 'opened', link: this.#link });
  }

  #lose(error: MqttError, isFinal: boolean): void {
    if (this.#link === 0) return;
    this.#isOpen = false;
    this.#flush.cancel();
    this.#liveness.stopKeepalive();
    this.session?.end();
    const link = this.#link;
    this.#link = 0;
    this.post({ type: 'lost', link, error: toPlainError(error), isFinal });
  }

  #receivedBytes(chunk: Uint8Array): void {
    if (!this.#isOpen) return;
    this.#liveness.restartKeepalive();
    this.#packets.push(chunk);
    this.#unhandled += chunk.length;
    this.#handlePackets();
  }

  #handlePackets(): void {
    if (this.#isHandling) return;
    this.#isHandling = true;
    try {
      while (this.#isOpen && !this.#host.isCongested) {
        const packet = this.#packets.next();
        if (packet === undefined) {
          this.#reportRead();
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

  #reportRead(): void {
    const bytes = this.#reports.add(this.#unhandled);
    this.#unhandled = 0;
    if (bytes > 0) this.post({ type: 'read', link: this.#link, bytes });
  }

  #write(): void {
    this.#flush.cancel();
    if (this.#encoder.size === 0) return;
    // a view is cloned with its whole buffer
    const bytes = this.#encoder.take().slice();
    this.#encoder.giveBack();
    this.#window.written(bytes.length);
    this.#port.postMessage(bytes, [bytes.buffer]);
  }

  #end(withWill: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isOpen = false;
    this.#flush.cancel();
    this.#liveness.stop();
    this.#subscription.unsubscribe();
    this.#port.close();
    this.#host.onClosed(this);
    this.session?.close(withWill);
  }
}
