import type { MqttMessage } from '../../message.js';
import type { Warnings } from '../warnings.js';
import { quoted } from '../../quoted.js';

/** Warns of QoS 1 and 2 messages that were acknowledged though nobody saw them: of the 1st, the 10th, the 100th and so on. */
export class UnroutedWarning {
  readonly #warnings: Warnings;
  #count = 0;
  #next = 1;

  constructor(warnings: Warnings) {
    this.#warnings = warnings;
  }

  /** @param held - ms that it was held for a stream. */
  warn({ topic, qos }: MqttMessage, held: number): void {
    if (++this.#count < this.#next) return;
    this.#next *= 10;
    const count = this.#count;
    const inVain = held > 0 ? `, not even in the ${held} ms that it was held` : '';
    const already = count > 1 ? `; ${count} such messages so far` : '';
    this.#warnings.warn({
      code: 'UNROUTED_DURABLE',
      message:
        `a QoS ${qos} message of ${quoted(topic)} was acknowledged although no stream claimed it${inVain}${already}. Subscribe a stream for ` +
        "it sooner, subscribe to unrouted$, or unsubscribe its filter; 'unrouted' 'hold' has such messages wait for their stream",
      topic,
      qos,
      count,
    });
  }
}
