import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';
import type { PublishAck, PublishPacket, PubrelPacket } from '../packets.js';
import type { InboundHandling } from '../protocol/inbound/inbound-handling.js';
import type { Receiver } from '../protocol/inbound/receiver.js';
import { Flow } from './flow.js';
import { type NotifiedFlow, NotifierObserver } from './notifier.js';

export interface QosReceiveConfig extends InboundHandling {
  readonly receiver: Receiver;
  /** Emits when acknowledgements that waited may go out. */
  readonly ready$: Observable<unknown>;
}

/**
 * Receives messages at every QoS (5.0 section 4.3). The acknowledgement follows the delivery synchronously, before anything that the
 * application sends in answer. Where a subscriber acknowledges by hand, it follows when that is done and its turn has come (section 4.6).
 *
 * A message with a `refusal` is not handed over. PUBACK or PUBREC says so, in its turn, and the connection goes on.
 *
 * In: PUBLISH, PUBREL. Out: PUBACK, PUBREC, PUBCOMP. Completes with its source; errors with `PROTOCOL_ERROR`.
 */
export const qosReceive =
  (config: QosReceiveConfig): OperatorFunction<PublishPacket | PubrelPacket, PublishAck> =>
  packet$ =>
    new Observable(subscriber => {
      new QosReceiveFlow(config, subscriber).start(packet$);
    });

/** Observes incoming messages. Lives with the connection. */
class QosReceiveFlow extends Flow<PublishPacket | PubrelPacket, PublishAck> implements NotifiedFlow {
  readonly #config: QosReceiveConfig;
  readonly #receiver: Receiver;
  readonly #is5: boolean;

  constructor(config: QosReceiveConfig, subscriber: Subscriber<PublishAck>) {
    super(subscriber);
    this.#config = config;
    this.#receiver = config.receiver;
    this.#is5 = config.protocolVersion === 5;
  }

  start(packet$: Observable<PublishPacket | PubrelPacket>): void {
    this.subscriber.add(packet$.subscribe(this));
    this.subscriber.add(this.#config.ready$.subscribe(new NotifierObserver(this)));
  }

  next(packet: PublishPacket | PubrelPacket): void {
    const receiver = this.#receiver;
    try {
      const ack =
        packet.cmd === 'publish' ? receiver.publish(packet, this.#config) : receiver.pubrel(packet, this.#config);
      if (ack === undefined) this.onNotified();
      else this.subscriber.next(ack);
    } catch (cause) {
      this.error(cause);
    }
  }

  /** Sends the acknowledgements that waited and whose turn has come. */
  onNotified(): void {
    const receiver = this.#receiver;
    const is5 = this.#is5;
    for (let ack = receiver.nextAck(is5); ack !== undefined; ack = receiver.nextAck(is5)) this.subscriber.next(ack);
  }
}
