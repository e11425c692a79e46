import { Observable, type OperatorFunction, type SchedulerLike, type Subscriber, interval } from 'rxjs';
import type { PublishAck, PublishPacket, PubrelPacket } from '../packets.js';
import type { Sender } from '../protocol/outbound/sender.js';
import { Flow } from './flow.js';
import { type NotifiedFlow, NotifierObserver } from './notifier.js';
import { Slice, type Yielding } from './slice.js';

export interface QosSendConfig {
  readonly sender: Sender;
  /** Emits when there may be a new message to send, or room on the link. */
  readonly wake$: Observable<unknown>;
  /** What emits `wake$`. It is held while an acknowledgement is taken, after which the flow looks for messages itself. */
  readonly wake: { hold(): void; release(): void };
  /** Returns false while the link takes no more. */
  writable(): boolean;
  /** Returns false while new messages have to wait for other packets. */
  mayBegin(): boolean;
  /** ms after which everything in flight is sent again on a live connection, which only 3.x allows; 0 for never. */
  readonly resendInterval: number;
  readonly scheduler: SchedulerLike;
  /** Creates what lets the event loop be served while very many messages are sent. */
  createYielding(): Yielding;
}

/** The clock is read after each 128 messages of one loop, because reading it costs about as much as a message. It is a mask. */
const LOOK_MASK = 127;

/**
 * Sends messages at every QoS (5.0 section 4.3) while the window and the link allow it: first what was in flight when the last connection
 * was lost, in its order (section 4.4), then new messages. PUBREL answers PUBREC; PUBACK and PUBCOMP settle a message. What waits for a
 * connection is sent in slices.
 *
 * In: PUBACK, PUBREC, PUBCOMP. Out: PUBLISH, PUBREL. Completes with its source; errors with `PROTOCOL_ERROR`.
 */
export const qosSend =
  (config: QosSendConfig): OperatorFunction<PublishAck, PublishPacket | PubrelPacket> =>
  ack$ =>
    new Observable(subscriber => {
      new QosSendFlow(config, subscriber).start(ack$);
    });

/** Observes the acknowledgements of the broker. Lives with the connection. */
class QosSendFlow extends Flow<PublishAck, PublishPacket | PubrelPacket> implements NotifiedFlow {
  readonly #config: QosSendConfig;
  readonly #sender: Sender;
  /** Undefined until so many messages are sent at once that they may be divided. */
  #slice: Slice | undefined = undefined;

  constructor(config: QosSendConfig, subscriber: Subscriber<PublishPacket | PubrelPacket>) {
    super(subscriber);
    this.#config = config;
    this.#sender = config.sender;
  }

  start(ack$: Observable<PublishAck>): void {
    const { subscriber } = this;
    const { wake$, resendInterval, scheduler } = this.#config;
    subscriber.add(ack$.subscribe(this));
    subscriber.add(wake$.subscribe(new NotifierObserver(this)));
    if (resendInterval > 0)
      subscriber.add(
        interval(resendInterval, scheduler).subscribe({
          next: () => this.#repeat(),
          error: (cause: unknown) => this.error(cause),
        }),
      );
    this.onNotified();
  }

  next(ack: PublishAck): void {
    const { wake } = this.#config;
    try {
      wake.hold();
      const pubrel = this.#sender.acknowledge(ack);
      if (pubrel) this.subscriber.next(pubrel);
    } catch (cause) {
      return this.error(cause);
    } finally {
      wake.release();
    }
    this.onNotified();
  }

  /** Sends messages while the window and the link allow it. */
  onNotified(): void {
    if (this.#slice?.isYielding === true) return;
    const config = this.#config;
    for (let sent = 1; config.writable() && !this.subscriber.closed; sent++) {
      const packet = this.#sender.next(config.mayBegin());
      if (packet === undefined) return;
      this.subscriber.next(packet);
      if ((sent & LOOK_MASK) === 0 && this.#isSliceOver()) return;
    }
  }

  #isSliceOver(): boolean {
    this.#slice ??= this.#createSlice();
    this.#slice.readClock();
    return this.#slice.isYielding;
  }

  #createSlice(): Slice {
    const slice = new Slice(this.#config.createYielding(), () => this.onNotified());
    this.subscriber.add(() => slice.cancel());
    return slice;
  }

  /** Sends everything in flight again. On a slow link, a repetition begins only after the one before is complete. */
  #repeat(): void {
    const { inFlight } = this.#sender;
    if (this.#config.writable() || !inFlight.resending) inFlight.rewind();
    this.onNotified();
  }
}
