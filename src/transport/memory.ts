import { Observable, Subject } from 'rxjs';
import { linkClosing } from './bounds.js';
import type { Link, Transport } from './link.js';

/** The broker's end of a link in memory. */
export interface MemoryPeer {
  /** The bytes that the client writes. Completes when the client closes the link. */
  readonly data$: Observable<Uint8Array>;
  /** Sends bytes to the client. */
  write(chunk: Uint8Array): void;
  /** Ends the stream to the client, or breaks it with an error. */
  close(error?: Error): void;
}

/**
 * A transport without a network, for tests and for brokers in the same process. Bytes arrive synchronously. `accept` gets the broker's
 * end of each link before the client writes to it.
 */
export function memoryTransport(accept: (peer: MemoryPeer) => void): Transport {
  return () =>
    new Observable(subscriber => {
      const toClient$ = new Subject<Uint8Array>();
      const toPeer$ = new Subject<Uint8Array>();
      let ended = false;
      const link: Link = {
        data$: toClient$.asObservable(),
        write: chunk => {
          if (ended) throw linkClosing();
          toPeer$.next(chunk);
          return true;
        },
        drain$: new Observable<void>(),
        end: () => {
          ended = true;
          toPeer$.complete();
          toClient$.complete();
        },
      };
      accept({
        data$: toPeer$.asObservable(),
        write: chunk => toClient$.next(chunk),
        close: error => {
          ended = true;
          if (error === undefined) toClient$.complete();
          else toClient$.error(error);
        },
      });
      subscriber.next(link);
      return () => {
        ended = true;
        toPeer$.complete();
      };
    });
}
