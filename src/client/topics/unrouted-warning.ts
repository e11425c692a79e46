import type { MqttMessage } from '../../message.js';
import { WarningCounter, type Warnings } from '../warnings.js';
import { quoted } from '../../quoted.js';

/** Warns of QoS 1 and 2 messages that were acknowledged although no subscriber got them: of the 1st, the 10th, the 100th and so on. */
export class UnroutedWarning {
  readonly #warnings: Warnings;
  readonly #counter = new WarningCounter();

  constructor(warnings: Warnings) {
    this.#warnings = warnings;
  }

  /** @param held - the ms for which the message was held. */
  warn({ topic, qos }: MqttMessage, held: number): void {
    if (!this.#counter.increment()) return;
    const { count } = this.#counter;
    const waited = held > 0 ? ` within the ${held} ms for which it was held` : '';
    const already = count > 1 ? `; ${count} such messages so far` : '';
    this.#warnings.warn({
      code: 'UNROUTED_DURABLE',
      message:
        `a QoS ${qos} message of ${quoted(topic)} was acknowledged although no stream took it${waited}${already}; subscribe a stream for ` +
        "it sooner, subscribe to unrouted$, unsubscribe its filter, or set 'unrouted' to 'hold' so that such messages wait for a stream",
      topic,
      qos,
      count,
    });
  }
}
