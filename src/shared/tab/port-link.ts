import { Subject } from 'rxjs';
import type { MqttError } from '../../errors.js';
import { linkClosing } from '../../transport/bounds.js';
import type { Link } from '../../transport/link.js';
import { ReadReports, WriteWindow } from '../byte-window.js';
import type { TabMessage } from '../port-messages.js';

/** A link of the tab over the port. The other side says what it has read, which is the flow control in both directions. */
export class PortLink implements Link {
  readonly #number: number;
  readonly #post: (message: TabMessage, transfer?: Transferable[]) => void;
  readonly #data$ = new Subject<Uint8Array>();
  readonly #drain$ = new Subject<void>();
  readonly #window = new WriteWindow();
  readonly #reports = new ReadReports();
  /** The chunks that arrived while reading is paused. */
  #paused: Uint8Array[] | undefined;
  #isEnded = false;

  readonly data$ = this.#data$.asObservable();
  readonly drain$ = this.#drain$.asObservable();
  readonly holdsBytes = false;

  constructor(number: number, post: (message: TabMessage, transfer?: Transferable[]) => void) {
    this.#number = number;
    this.#post = post;
  }

  write(chunk: Uint8Array): boolean {
    if (this.#isEnded) throw linkClosing();
    // a view is cloned with its whole buffer
    const bytes = chunk.slice();
    this.#post(bytes, [bytes.buffer]);
    this.#window.written(bytes.length);
    return !this.#window.isFull;
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#post({ type: 'end', link: this.#number });
    this.#data$.complete();
  }

  pause(): void {
    this.#paused ??= [];
  }

  resume(): void {
    const chunks = this.#paused ?? [];
    this.#paused = undefined;
    // a chunk may pause reading again, and then the others wait
    for (const chunk of chunks) this.received(chunk);
  }

  received(chunk: Uint8Array): void {
    if (this.#paused !== undefined) this.#paused.push(chunk);
    else this.#read(chunk);
  }

  /** The other side has read so many further bytes. */
  read(bytes: number): void {
    if (this.#window.read(bytes)) this.#drain$.next();
  }

  fail(error: MqttError): void {
    this.#isEnded = true;
    this.#data$.error(error);
  }

  #read(chunk: Uint8Array): void {
    this.#data$.next(chunk);
    const bytes = this.#reports.add(chunk.length);
    if (bytes > 0) this.#post({ type: 'read', link: this.#number, bytes });
  }
}
