import { Observable, Subject } from 'rxjs';

/**
 * One end of a channel between a tab and the owner of the shared client: a `MessagePort`, or something that behaves like one. It is open
 * from the beginning. What arrives before `data$` is subscribed is kept.
 */
export interface SharedPort {
  /** What the other side has posted. It is subscribed once. Never errors; emits nothing after `close()`. */
  readonly data$: Observable<unknown>;
  /** Emits once, when the other side has closed or died. */
  readonly closed$: Observable<void>;
  /** Sends a value that can be cloned. Never throws; does nothing after the end. */
  postMessage(data: unknown, transfer?: Transferable[]): void;
  /** Ends this side. The other side gets `closed$`, if the platform tells it. */
  close(): void;
}

/** Returns a shared port over a `MessagePort`, as a SharedWorker or a MessageChannel has it. */
export function messagePort(port: MessagePort): SharedPort {
  const closed$ = new Subject<void>();
  let isOpen = true;
  const end = () => {
    isOpen = false;
    port.onmessage = null;
  };
  // some browsers do not have this event
  port.addEventListener('close', () => {
    if (!isOpen) return;
    end();
    closed$.next();
    closed$.complete();
  });
  return {
    // a port keeps what arrives until it has a listener
    data$: new Observable(subscriber => {
      if (isOpen) port.onmessage = ({ data }: MessageEvent<unknown>) => subscriber.next(data);
    }),
    closed$: closed$.asObservable(),
    postMessage: (data, transfer = []) => {
      if (isOpen) port.postMessage(data, transfer);
    },
    close: () => {
      end();
      port.close();
    },
  };
}
