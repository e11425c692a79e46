import type { MqttMessage } from '../../message.js';
import type { PublishRefusal } from '../../packets.js';
import { hex, quoted } from '../../quoted.js';
import { WarningCounter, type Warnings } from '../warnings.js';

/** Warns of messages that this client refuses: of the 1st, the 10th, the 100th and so on. Lives with the client. */
export class RefusedWarning {
  readonly #warnings: Warnings;
  readonly #counter = new WarningCounter();

  constructor(warnings: Warnings) {
    this.#warnings = warnings;
  }

  warn({ topic, qos }: MqttMessage, { reasonCode, why }: PublishRefusal): void {
    if (!this.#counter.increment()) return;
    const { count } = this.#counter;
    const outcome = qos === 0 ? 'dropped' : `refused (${hex(reasonCode)})`;
    const already = count > 1 ? `; ${count} such messages so far` : '';
    this.#warnings.warn({
      code: 'MESSAGE_REFUSED',
      message: `a QoS ${qos} message of ${quoted(topic)} was ${outcome}: ${why}${already}; correct its publisher, the connection stays open`,
      topic,
      qos,
      reasonCode,
      count,
    });
  }
}
