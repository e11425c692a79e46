import { Observable, type SchedulerLike, Subject, Subscription } from 'rxjs';
import { MqttError } from '../../errors.js';
import { HIGH_WATER, longestFrame, closing } from '../bounds.js';
import { FrameReader } from './frame-reader.js';
import type { Link, Transport, TransportTarget } from '../link.js';
import { closeReason, subProtocols, upgradeUrl } from '../web-socket-protocol.js';

/** What is used of a WebSocket as the W3C has it. The types of events and bytes differ between DOM and ws: each fits. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  /** Absent or undefined, as in React Native: nobody knows what has not been sent yet. */
  readonly bufferedAmount?: number;
  /** Takes bytes over. */
  send(data: never): void;
  /** Begins to close. */
  close(): void;
  /** Of `open`, `error`, `close`, `message`. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  addEventListener(type: 'open' | 'error' | 'close' | 'message', listener: (event: any) => void): void;
}

/** Which WebSocket to use. */
export interface WebSocketTransportOptions {
  /** The class to use. Default: the global one, at the time of connecting. */
  WebSocket?: new (url: string, protocols: string[]) => WebSocketLike;
}

const OPEN = 1;
const CLOSED = 3;
/** What a close event says that has nothing to say. */
const NO_CODE = 1006;
/** ms between looks at what is still buffered: there is no event for it. */
const LOOK = 20;

/**
 * MQTT over the WebSocket of browsers, Deno, Bun, workers and Node 22 or later.
 *
 * The platform decides about TLS, proxies and headers: the options for those are `NOT_SUPPORTED` here. It also does not say why a
 * WebSocket could not be opened.
 */
export function webSocketTransport(config: WebSocketTransportOptions = {}): Transport {
  return target =>
    new Observable(subscriber => {
      const Class =
        config.WebSocket ?? (globalThis as { WebSocket?: WebSocketTransportOptions['WebSocket'] }).WebSocket;
      if (Class === undefined) throw noWebSocket();
      assertPossible(target);
      const { host, pathname, href } = upgradeUrl(target);
      target.onPhase?.('websocket');
      const webSocket = open(Class, href, subProtocols(target));
      const link = new WebSocketLink(webSocket, target);
      let opened = false;
      webSocket.addEventListener('open', () => {
        opened = true;
        subscriber.next(link);
      });
      webSocket.addEventListener('error', () => {
        link.broken();
        // Chromium says nothing more where the policy of the page forbids it
        if (!opened && webSocket.readyState === CLOSED) subscriber.error(failed(`${host}${pathname}`, NO_CODE));
      });
      webSocket.addEventListener('close', ({ code, reason }: CloseEvent) => {
        if (opened) link.closed(code, reason);
        else subscriber.error(failed(`${host}${pathname}`, code));
      });
      webSocket.addEventListener('message', ({ data }: MessageEvent) => link.received(data));
      return () => link.discard();
    });
}

function open(Class: NonNullable<WebSocketTransportOptions['WebSocket']>, href: string, protocols: string[]) {
  let webSocket: WebSocketLike;
  try {
    webSocket = new Class(href, protocols);
  } catch (cause) {
    // a scheme it does not know, ws: on a page of https:, a sub-protocol given twice
    throw new MqttError(
      'INVALID_ARGUMENT',
      'the platform refuses to open this WebSocket; a page of https:// needs wss://',
      {
        phase: 'websocket',
        subject: 'url',
        // its message may quote the whole URL
        cause: cause instanceof Error ? cause.name : undefined,
      },
    );
  }
  webSocket.binaryType = 'arraybuffer';
  return webSocket;
}

class WebSocketLink implements Link {
  readonly #webSocket: WebSocketLike;
  readonly #scheduler: SchedulerLike;
  readonly #drain$ = new Subject<void>();
  readonly #reader: FrameReader;
  #isEnding = false;
  /** The next look at what is still buffered; of a link that ends, its close. */
  #look = Subscription.EMPTY;
  readonly drain$ = this.#drain$.asObservable();

  constructor(webSocket: WebSocketLike, { scheduler, maximumPacketSize }: TransportTarget) {
    this.#webSocket = webSocket;
    this.#scheduler = scheduler;
    this.#reader = new FrameReader(longestFrame(maximumPacketSize));
  }

  get data$(): Observable<Uint8Array> {
    return this.#reader.data$;
  }

  get unsentBytes(): number {
    return this.#webSocket.bufferedAmount ?? 0;
  }

  write(chunk: Uint8Array): boolean {
    if (this.#isEnding || this.#webSocket.readyState !== OPEN) throw closing();
    this.#webSocket.send(chunk as never);
    if (this.unsentBytes < HIGH_WATER) return true;
    if (this.#look.closed) this.#look = this.#scheduler.schedule(() => this.#lookAgain(), LOOK);
    return false;
  }

  /**
   * While something is unsent, closes in the next task: the WebSocket of jsdom sends after the present one, and drops what it has not sent
   * when it is closed, DISCONNECT included. Unsubscribing closes at once all the same, as a page that is left has to.
   */
  end(): void {
    this.#isEnding = true;
    this.#look.unsubscribe();
    if (this.unsentBytes === 0) this.#webSocket.close();
    else this.#look = this.#scheduler.schedule(() => this.#webSocket.close());
  }

  received(data: unknown): void {
    this.#reader.receive(data);
  }

  /** A close event follows, as a rule, and says no more either. */
  broken(): void {
    this.#look.unsubscribe();
  }

  closed(code: number, reason?: string): void {
    this.#look.unsubscribe();
    const words = closeReason(code, reason);
    this.#reader.end(words === undefined ? undefined : new MqttError('CONNECTION_CLOSED', words, { retryable: true }));
  }

  discard(): void {
    this.#look.unsubscribe();
    this.#reader.discard();
    if (this.#webSocket.readyState !== CLOSED) this.#webSocket.close();
  }

  #lookAgain(): void {
    if (this.#webSocket.readyState !== OPEN) return;
    if (this.unsentBytes < HIGH_WATER) return this.#drain$.next();
    this.#look = this.#scheduler.schedule(() => this.#lookAgain(), LOOK);
  }
}

function assertPossible({ options: { tls, proxy, tcp, websocket }, zone }: TransportTarget): void {
  const wanted = { tls, proxy, tcp, 'websocket.headers': websocket?.headers };
  const [subject] = Object.entries(wanted).find(([, value]) => value !== undefined) ?? [];
  if (zone !== undefined) throw noZones(zone);
  if (subject === undefined) return;
  throw new MqttError('NOT_SUPPORTED', `option '${subject}' cannot be set on this platform's WebSocket: leave it out`, {
    phase: 'websocket',
    subject,
  });
}

const noZones = (zone: string) =>
  new MqttError(
    'NOT_SUPPORTED',
    `this platform's WebSocket cannot take an address with a zone ('%${zone}'): use a name, or leave the zone out`,
    { phase: 'websocket', subject: 'url' },
  );

const noWebSocket = () =>
  new MqttError('NOT_SUPPORTED', 'this platform has no WebSocket; give webSocketTransport({ WebSocket }) a class', {
    phase: 'websocket',
    subject: 'WebSocket',
  });

const failed = (where: string, code: number) =>
  new MqttError(
    'CONNECTION_FAILED',
    `no WebSocket at ${where} (close code ${code}); the platform does not say why: see its console, and look at host, port, ` +
      'path (most brokers have /mqtt), certificate, sub-protocol, policy (CSP), and ws:// or wss://',
    { phase: 'websocket', retryable: true },
  );
