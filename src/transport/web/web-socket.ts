import { Observable, type SchedulerLike, Subject, Subscription } from 'rxjs';
import { MqttError } from '../../errors.js';
import { HIGH_WATER, linkClosing, longestFrame } from '../bounds.js';
import type { Link, Transport, TransportTarget } from '../link.js';
import { closeReason, subProtocols, upgradeUrl } from '../web-socket-protocol.js';
import { FrameReader } from './frame-reader.js';

/** The members of a W3C WebSocket that are used. The types of events and bytes differ between the DOM and ws, and both fit. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  /** If absent or undefined, as in React Native, everything counts as sent. */
  readonly bufferedAmount?: number;
  /** Sends bytes, which the caller must not change afterwards. */
  send(data: never): void;
  /** Begins to close. */
  close(): void;
  /** Called for `open`, `error`, `close` and `message`. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  addEventListener(type: 'open' | 'error' | 'close' | 'message', listener: (event: any) => void): void;
}

/** Options of `webSocketTransport()`. */
export interface WebSocketTransportOptions {
  /** The WebSocket class to use. Default: the global one at the time of connecting. */
  WebSocket?: new (url: string, protocols: string[]) => WebSocketLike;
}

const OPEN = 1;
const CLOSED = 3;
/** The close code of a connection that ended without a close frame (RFC 6455 section 7.4.1). */
const NO_CODE = 1006;
/** ms between checks of `bufferedAmount`, for which there is no event. */
const CHECK_INTERVAL = 20;

/**
 * MQTT over the WebSocket of browsers, Deno, Bun, workers and Node 22 or later.
 *
 * The platform controls TLS, proxies and headers, so the options for those are `NOT_SUPPORTED` here. It does not report why a WebSocket
 * could not be opened.
 */
export function webSocketTransport(config: WebSocketTransportOptions = {}): Transport {
  return target =>
    new Observable(subscriber => {
      const Class =
        config.WebSocket ?? (globalThis as { WebSocket?: WebSocketTransportOptions['WebSocket'] }).WebSocket;
      if (Class === undefined) throw noWebSocket();
      assertSupported(target);
      const { host, pathname, href } = upgradeUrl(target);
      target.onPhase?.('websocket');
      const webSocket = open(Class, href, subProtocols(target));
      const link = new WebSocketLink(webSocket, target);
      let isOpened = false;
      webSocket.addEventListener('open', () => {
        isOpened = true;
        subscriber.next(link);
      });
      webSocket.addEventListener('error', () => {
        link.onError();
        // Chromium emits no close event if the policy of the page forbids the connection
        if (!isOpened && webSocket.readyState === CLOSED)
          subscriber.error(connectFailed(`${host}${pathname}`, NO_CODE));
      });
      webSocket.addEventListener('close', ({ code, reason }: CloseEvent) => {
        if (isOpened) link.onClose(code, reason);
        else subscriber.error(connectFailed(`${host}${pathname}`, code));
      });
      webSocket.addEventListener('message', ({ data }: MessageEvent) => link.onMessage(data));
      return () => link.discard();
    });
}

function open(Class: NonNullable<WebSocketTransportOptions['WebSocket']>, href: string, protocols: string[]) {
  let webSocket: WebSocketLike;
  try {
    webSocket = new Class(href, protocols);
  } catch (cause) {
    // for example an unknown scheme, ws:// on a page of https://, or a sub-protocol given twice
    throw new MqttError(
      'INVALID_ARGUMENT',
      'the platform refuses to open this WebSocket; a page of https:// needs wss://',
      {
        phase: 'websocket',
        subject: 'url',
        // the message may quote the whole URL, so only the name is kept
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
  /** The next check of `bufferedAmount`, or the close of a link that is ending. */
  #timer = Subscription.EMPTY;
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
    if (this.#isEnding || this.#webSocket.readyState !== OPEN) throw linkClosing();
    this.#webSocket.send(chunk as never);
    if (this.unsentBytes < HIGH_WATER) return true;
    if (this.#timer.closed) this.#timer = this.#scheduler.schedule(() => this.#checkDrain(), CHECK_INTERVAL);
    return false;
  }

  /**
   * Closes in the next task while something is unsent: the WebSocket of jsdom sends after the current task, and its close() drops what is
   * unsent, DISCONNECT included. Unsubscribing closes synchronously nevertheless, because a page that unloads runs no further task.
   */
  end(): void {
    this.#isEnding = true;
    this.#timer.unsubscribe();
    if (this.unsentBytes === 0) this.#webSocket.close();
    else this.#timer = this.#scheduler.schedule(() => this.#webSocket.close());
  }

  onMessage(data: unknown): void {
    this.#reader.receive(data);
  }

  /** The event tells nothing; usually a close event follows. */
  onError(): void {
    this.#timer.unsubscribe();
  }

  onClose(code: number, reason?: string): void {
    this.#timer.unsubscribe();
    const words = closeReason(code, reason);
    this.#reader.end(words === undefined ? undefined : new MqttError('CONNECTION_CLOSED', words, { retryable: true }));
  }

  discard(): void {
    this.#timer.unsubscribe();
    this.#reader.discard();
    if (this.#webSocket.readyState !== CLOSED) this.#webSocket.close();
  }

  #checkDrain(): void {
    if (this.#webSocket.readyState !== OPEN) return;
    if (this.unsentBytes < HIGH_WATER) return this.#drain$.next();
    this.#timer = this.#scheduler.schedule(() => this.#checkDrain(), CHECK_INTERVAL);
  }
}

function assertSupported({ options: { tls, proxy, tcp, websocket }, zone }: TransportTarget): void {
  const wanted = { tls, proxy, tcp, 'websocket.headers': websocket?.headers };
  const [subject] = Object.entries(wanted).find(([, value]) => value !== undefined) ?? [];
  if (zone !== undefined) throw zoneNotSupported(zone);
  if (subject === undefined) return;
  throw new MqttError('NOT_SUPPORTED', `option '${subject}' cannot be set on this platform's WebSocket: leave it out`, {
    phase: 'websocket',
    subject,
  });
}

const zoneNotSupported = (zone: string) =>
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

const connectFailed = (where: string, code: number) =>
  new MqttError(
    'CONNECTION_FAILED',
    `no WebSocket at ${where} (close code ${code}); the platform does not say why: see its console, and look at host, port, ` +
      'path (most brokers have /mqtt), certificate, sub-protocol, policy (CSP), and ws:// or wss://',
    { phase: 'websocket', retryable: true },
  );
