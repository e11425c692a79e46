import { MqttError } from '../../errors.js';
import type { UserProperties } from '../../message.js';
import type { UnsubackPacket } from '../../packets.js';
import type { Unsubscribed } from '../../results.js';
import type { Isolatable } from '../isolation.js';
import { describeReason, isFailure } from '../reason-codes.js';
import { quoted } from '../../quoted.js';

/** Called once, when the call has its result or has failed. */
export type UnsubscribeSettled = (error: MqttError | undefined, result?: Unsubscribed) => void;

/** A call of `unsubscribe()`: filters to unsubscribe at the broker, whoever subscribed them. It may need several UNSUBSCRIBEs. */
export class UnsubscribeCall implements Isolatable {
  readonly filters: readonly string[];
  readonly userProperties: UserProperties | undefined;
  hangUps = 0;
  isolated = false;
  #unsent: Set<string>;
  readonly #onSettled: UnsubscribeSettled;
  readonly #reasonCodes = new Map<string, number>();
  readonly #answers: UnsubackPacket[] = [];
  #answeredFilters = 0;

  constructor(filters: readonly string[], userProperties: UserProperties | undefined, onSettled: UnsubscribeSettled) {
    this.#unsent = new Set(filters);
    this.filters = [...this.#unsent];
    this.userProperties = userProperties?.length === 0 ? undefined : userProperties;
    this.#onSettled = onSettled;
  }

  /** The filters that no UNSUBSCRIBE has named yet, in order. */
  get unsent(): ReadonlySet<string> {
    return this.#unsent;
  }

  /** Records that an UNSUBSCRIBE names these filters. */
  markSent(filters: readonly string[]): void {
    for (const filter of filters) this.#unsent.delete(filter);
  }

  /** Adds the UNSUBACK for some of the filters. Returns true when it is the last one, and the call is settled. */
  addAnswer(filters: readonly string[], answer: UnsubackPacket): boolean {
    this.#answers.push(answer);
    answer.reasonCodes.forEach((code, i) => this.#reasonCodes.set(filters[i]!, code));
    this.#answeredFilters += filters.length;
    if (this.#answeredFilters < this.filters.length) return false;
    const reasonCodes = this.filters.map(filter => this.#reasonCodes.get(filter)).filter(code => code !== undefined);
    if (reasonCodes.some(isFailure)) this.fail(this.#createRefusal());
    else this.#onSettled(undefined, { filters: this.filters, reasonCodes, ...summarize(this.#answers) });
    return true;
  }

  /** Puts filters back before the others, because their UNSUBSCRIBE was not sent, or the connection ended before UNSUBACK. */
  putBack(filters: readonly string[]): void {
    this.#unsent = new Set([...filters, ...this.#unsent]);
  }

  fail(error: MqttError): void {
    this.#onSettled(error);
  }

  #createRefusal(): MqttError {
    const refused = [...this.#reasonCodes].filter(([, code]) => isFailure(code));
    const [subject, reasonCode] = refused[0]!;
    const { reasonString } = summarize(this.#answers);
    const reason = reasonString === undefined ? '' : ` (${reasonString})`;
    const filters = refused.map(([filter, code]) => `${quoted(filter)}: ${describeReason(code)}`).join(', ');
    return new MqttError('UNSUBSCRIBE_REFUSED', `the broker refused to unsubscribe ${filters}${reason}`, {
      reasonCode,
      reasonString,
      subject,
    });
  }
}

/** Returns the packet identifier of the last UNSUBACK, the first reason string and all user properties. */
function summarize(
  answers: readonly UnsubackPacket[],
): Pick<Unsubscribed, 'packetId' | 'reasonString' | 'userProperties'> {
  const reasonString = answers.find(({ properties }) => properties?.reasonString !== undefined)?.properties
    ?.reasonString;
  const userProperties = answers.flatMap(({ properties }) => properties?.userProperties ?? []);
  return {
    packetId: answers.at(-1)!.packetId,
    ...(reasonString === undefined ? {} : { reasonString }),
    ...(userProperties.length === 0 ? {} : { userProperties }),
  };
}

/** Returns the error for a filter of `unsubscribe()` that a stream holds. */
export const stillHeld = (filter: string): MqttError =>
  new MqttError(
    'SUBSCRIPTION_CONFLICT',
    `cannot unsubscribe ${quoted(filter)}: a topic$ of this client holds it; unsubscribe from its stream instead`,
    { subject: filter },
  );
