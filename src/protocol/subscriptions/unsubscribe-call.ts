import { MqttError } from '../../errors.js';
import type { UserProperties } from '../../message.js';
import type { UnsubackPacket } from '../../packets.js';
import type { Unsubscribed } from '../../results.js';
import type { Isolatable } from '../isolation.js';
import { describeReason, isFailure } from '../reason-codes.js';
import { quoted } from '../../quoted.js';

/** Who asked for the removal: told once, with the result or with an error. */
export type UnsubscribeSettled = (error: MqttError | undefined, result?: Unsubscribed) => void;

/** A call of `unsubscribe()`: filters that the broker is to forget, whoever has subscribed them. It may take several UNSUBSCRIBEs. */
export class UnsubscribeCall implements Isolatable {
  readonly filters: readonly string[];
  readonly userProperties: UserProperties | undefined;
  hangUps = 0;
  isolated = false;
  #unsent: Set<string>;
  readonly #settled: UnsubscribeSettled;
  readonly #codes = new Map<string, number>();
  readonly #answers: UnsubackPacket[] = [];
  #answered = 0;

  constructor(filters: readonly string[], userProperties: UserProperties | undefined, settled: UnsubscribeSettled) {
    this.#unsent = new Set(filters);
    this.filters = [...this.#unsent];
    this.userProperties = userProperties;
    this.#settled = settled;
  }

  /** The filters that are still to go out, in order. */
  get unsent(): ReadonlySet<string> {
    return this.#unsent;
  }

  /** These go out in the next UNSUBSCRIBE. */
  send(filters: readonly string[]): void {
    for (const filter of filters) this.#unsent.delete(filter);
  }

  /** UNSUBACK came for some of the filters. True when it was the last one, and the caller has been told. */
  answered(filters: readonly string[], answer: UnsubackPacket): boolean {
    this.#answers.push(answer);
    answer.reasonCodes.forEach((code, i) => this.#codes.set(filters[i]!, code));
    this.#answered += filters.length;
    if (this.#answered < this.filters.length) return false;
    const reasonCodes = this.filters.map(filter => this.#codes.get(filter)).filter(code => code !== undefined);
    if (reasonCodes.some(isFailure)) this.fail(this.#refused());
    else this.#settled(undefined, { filters: this.filters, reasonCodes, ...summary(this.#answers) });
    return true;
  }

  /** They did not go out, or the connection ended before UNSUBACK: they are to go out again, before the others. */
  sendAgain(filters: readonly string[]): void {
    this.#unsent = new Set([...filters, ...this.#unsent]);
  }

  fail(error: MqttError): void {
    this.#settled(error);
  }

  #refused(): MqttError {
    const refused = [...this.#codes].filter(([, code]) => isFailure(code));
    const [subject, reasonCode] = refused[0]!;
    const { reasonString } = summary(this.#answers);
    const words = reasonString === undefined ? '' : ` (${reasonString})`;
    const which = refused.map(([filter, code]) => `${quoted(filter)}: ${describeReason(code)}`).join(', ');
    return new MqttError('UNSUBSCRIBE_REFUSED', `the broker refused to unsubscribe ${which}${words}`, {
      reasonCode,
      reasonString,
      subject,
    });
  }
}

/** What the UNSUBACKs say beside their reason codes: the first reason string, all user properties. */
function summary(
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

/** A stream holds a filter that `unsubscribe()` was asked to end. */
export const stillHeld = (filter: string): MqttError =>
  new MqttError(
    'SUBSCRIPTION_CONFLICT',
    `cannot unsubscribe ${quoted(filter)}: a topic$ of this client holds it; unsubscribe from its stream instead`,
    { subject: filter },
  );
