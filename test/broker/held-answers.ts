import { Observable, Subject, filter, firstValueFrom, map, merge } from 'rxjs';
import { defaultTransports } from '../../src/transport/node/default.js';
import type { MqttClient, Transport } from '../../src/index.js';

/** SUBACK and UNSUBACK, by the first byte. */
const ANSWERS = [0x90, 0xb0];

/** A wire on which the answers to SUBSCRIBE and UNSUBSCRIBE can be held, and given out in any order. */
export class HeldAnswers {
  readonly #changed$ = new Subject<void>();
  readonly #given$ = new Subject<Uint8Array>();
  #holds = false;
  #held: Uint8Array[] = [];
  #asked = 0;

  readonly transport: Transport = target =>
    defaultTransports[target.url.protocol]!(target).pipe(
      map(link => {
        this.lose(); // of an earlier connection
        return {
          data$: merge(this.#sifted(link.data$), this.#given$),
          drain$: link.drain$,
          write: chunk => link.write(chunk),
          end: () => link.end?.(),
        };
      }),
    );

  /** From now on they are held. */
  hold(client: MqttClient): void {
    this.#holds = true;
    client.packet$.subscribe(({ direction, packet }) => {
      if (direction !== 'sent' || (packet.cmd !== 'subscribe' && packet.cmd !== 'unsubscribe')) return;
      this.#asked++;
      this.#changed$.next();
    });
  }

  /** Does what sends at least one request. Resolves when the broker has answered all that have gone out. */
  async answered<T>(asking: () => T): Promise<T> {
    const before = this.#asked;
    const result = asking();
    const isSo = () => this.#asked > before && this.#held.length === this.#asked;
    if (!isSo()) await firstValueFrom(this.#changed$.pipe(filter(isSo)));
    return result;
  }

  /** Gives out what is held, and holds no more. */
  release(order: 'in order' | 'reversed' | 'none'): void {
    this.#holds = false;
    const held = this.#held;
    this.lose();
    if (order === 'none') return;
    for (const frame of order === 'reversed' ? held.reverse() : held) this.#given$.next(frame);
  }

  lose(): void {
    this.#held = [];
    this.#asked = 0;
  }

  #sifted(data$: Observable<Uint8Array>): Observable<Uint8Array> {
    let unread = Buffer.alloc(0);
    return new Observable(subscriber =>
      data$.subscribe({
        next: chunk => {
          unread = Buffer.concat([unread, chunk]);
          for (let size = sizeOf(unread); size <= unread.length; size = sizeOf(unread)) {
            const frame = Uint8Array.from(unread.subarray(0, size));
            unread = unread.subarray(size);
            if (!this.#holds || !ANSWERS.includes(frame[0]!)) subscriber.next(frame);
            else {
              this.#held.push(frame);
              this.#changed$.next();
            }
          }
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
  }
}

/** Of the packet at the beginning, Infinity while that is not known. */
function sizeOf(bytes: Uint8Array): number {
  let length = 0;
  for (let i = 1; i < bytes.length; i++) {
    length += (bytes[i]! & 0x7f) * 128 ** (i - 1);
    if (bytes[i]! < 0x80) return 1 + i + length;
  }
  return Infinity;
}
