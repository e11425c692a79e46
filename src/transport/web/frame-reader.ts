import { type Observable, Subject } from 'rxjs';
import { MqttError } from '../../errors.js';
import { bytesOf, isBytes } from '../../protocol/bytes.js';
import { Queue } from '../../protocol/collections/queue.js';
import { textFrame } from '../web-socket-protocol.js';

/** The members of a Blob that are used; the Blob may come from another realm. */
interface BlobLike {
  readonly size: number;
  arrayBuffer?(): Promise<unknown>;
}

/**
 * Turns the data of message events into bytes. A Blob is read asynchronously, so everything after it, the end of the stream included,
 * waits until it is read.
 */
export class FrameReader {
  readonly #limit: number;
  readonly #data$ = new Subject<Uint8Array>();
  /** The Blob that is being read, and everything after it. */
  readonly #waiting = new Queue<Uint8Array | BlobLike | (() => void)>();
  #waitingBytes = 0;
  readonly data$: Observable<Uint8Array> = this.#data$.asObservable();

  /** @param limit - the most bytes that may wait, those of the Blobs included. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  receive(data: unknown): void {
    const bytes = bytesOf(data);
    if (bytes !== undefined && this.#waiting.length === 0) this.#data$.next(bytes);
    else if (bytes !== undefined) this.#hold(bytes, bytes.length);
    else if (isBlob(data)) this.#hold(data, data.size);
    else this.end(typeof data === 'string' ? textFrame() : unsupportedData(data));
  }

  /** Ends the stream after everything that waits: completes it, or errors it. */
  end(error?: MqttError): void {
    this.#enqueue(() => (error === undefined ? this.#data$.complete() : this.#data$.error(error)));
  }

  /** Drops everything that waits. */
  discard(): void {
    this.#waiting.clear();
  }

  #hold(frame: Uint8Array | BlobLike, size: number): void {
    this.#waitingBytes += size;
    if (this.#waitingBytes <= this.#limit) return this.#enqueue(frame);
    this.discard();
    this.#data$.error(tooManyBytes(this.#limit));
  }

  #enqueue(item: Uint8Array | BlobLike | (() => void)): void {
    this.#waiting.push(item);
    if (this.#waiting.length === 1) this.#emitWaiting();
  }

  /** Emits what waits, up to the next Blob. */
  #emitWaiting(): void {
    for (let item = this.#waiting.oldest; item !== undefined; item = this.#waiting.oldest) {
      if (isBytes(item)) this.#emitNext(item, item.length);
      else if (typeof item !== 'function') return void this.#read(item);
      else {
        this.#waiting.take();
        item();
      }
    }
  }

  async #read(blob: BlobLike): Promise<void> {
    let bytes: Uint8Array | undefined;
    let cause: unknown;
    try {
      bytes = bytesOf(await contentOf(blob));
    } catch (error) {
      cause = error;
    }
    // the link may have been discarded during the read
    if (this.#waiting.oldest !== blob) return;
    if (bytes === undefined) {
      this.#data$.error(MqttError.is(cause) ? cause : unreadable(cause));
      return;
    }
    this.#emitNext(bytes, blob.size);
    this.#emitWaiting();
  }

  #emitNext(bytes: Uint8Array, size: number): void {
    this.#waiting.take();
    this.#waitingBytes -= size;
    this.#data$.next(bytes);
  }
}

/** Checks the shape, because a Blob can come from another realm or from React Native. */
function isBlob(value: unknown): value is BlobLike {
  const { size, slice } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return typeof size === 'number' && typeof slice === 'function';
}

function contentOf(blob: BlobLike): Promise<unknown> {
  if (typeof blob.arrayBuffer === 'function') return blob.arrayBuffer();
  return new Promise((resolve, reject) => {
    // the Blobs of React Native have no arrayBuffer()
    const { FileReader: Reader } = globalThis as { FileReader?: typeof FileReader };
    if (Reader === undefined) throw noReader();
    const reader = new Reader();
    reader.addEventListener('load', () => resolve(reader.result));
    reader.addEventListener('error', () => reject(reader.error ?? new Error('the FileReader failed')));
    reader.readAsArrayBuffer(blob as Blob);
  });
}

const unsupportedData = (data: unknown) =>
  new MqttError('NOT_SUPPORTED', `the WebSocket gave a message that is neither bytes nor text but ${typeof data}`, {
    phase: 'websocket',
    subject: 'WebSocket',
  });

const noReader = () =>
  new MqttError(
    'NOT_SUPPORTED',
    "this platform's WebSocket gives Blobs, and has neither Blob.arrayBuffer() nor a FileReader to read them with; use a " +
      "WebSocket that keeps to binaryType 'arraybuffer', or a polyfill of one of the two",
    { phase: 'websocket', subject: 'Blob' },
  );

const unreadable = (cause: unknown) =>
  new MqttError('CONNECTION_CLOSED', 'a Blob that came from the WebSocket could not be read', {
    phase: 'websocket',
    cause,
    retryable: true,
  });

const tooManyBytes = (limit: number) =>
  new MqttError(
    'CONNECTION_CLOSED',
    `more than ${limit} bytes came from the WebSocket while a Blob was being read; use binaryType 'arraybuffer'`,
    { phase: 'websocket', retryable: true },
  );
