import { packetTypes } from '../../codec/packet-types.js';
import type { Packet, PacketCommand } from '../../packets.js';
import { matches } from '../../protocol/topics/match.js';
import { assertTopicFilter } from '../../protocol/topics/validate.js';
import { misuse, quote, quoteAll } from '../marbles/failure.js';
import { inspect } from '../marbles/inspect.js';

/** Who sends the packet that a fault strikes. Default: both. */
type From = 'client' | 'broker';

interface OfPacket {
  /** Its name in lower case, or any packet. */
  readonly packet: PacketCommand | 'any';
  /** Which of them, from 1, over all connections of the broker. Default 1. */
  readonly n?: number;
  readonly from?: From;
}

/** What goes wrong with a {@link VirtualBroker}, once each; but for `hangUp`, which does so each time. */
export type Fault =
  /** The packet is lost. */
  | ({ readonly fault: 'drop' } & OfPacket)
  /** The packet, and what comes behind it, takes so many ms longer. */
  | ({ readonly fault: 'delay'; readonly ms: number } & OfPacket)
  /** The connection breaks instead of the packet's arrival. */
  | ({ readonly fault: 'cut' } & OfPacket)
  /** From this packet on nothing gets through on its connection, and neither side is told. */
  | ({ readonly fault: 'halfOpen' } & OfPacket)
  /** The next connections cannot be opened. */
  | { readonly fault: 'unreachable'; readonly times?: number }
  /** The next CONNECTs are refused: busy (0x89), unless a reason code is given. */
  | { readonly fault: 'refuse'; readonly reasonCode?: number; readonly times?: number }
  | HangUpFault;

/**
 * The broker ends the connection at each PUBLISH to a topic, or SUBSCRIBE or UNSUBSCRIBE of a filter, that matches the filter `matching`:
 * without a word, or in 5.0 by DISCONNECT where a reason code is given.
 */
interface HangUpFault {
  readonly fault: 'hangUp';
  readonly packet: 'publish' | 'subscribe' | 'unsubscribe';
  readonly matching: string;
  readonly reasonCode?: number;
  /** How often. Default: each time. */
  readonly times?: number;
}

type PacketFault = Exclude<Extract<Fault, OfPacket>, HangUpFault>;

const kinds = ['drop', 'delay', 'cut', 'halfOpen', 'unreachable', 'refuse', 'hangUp'];
const hangUpAt = ['publish', 'subscribe', 'unsubscribe'];

/** The faults that are still to come. */
export class Faults {
  readonly #strikes: { readonly fault: PacketFault; left: number }[] = [];
  readonly #hangUps: { readonly fault: HangUpFault; left: number }[] = [];
  readonly #refusals: number[] = [];
  #unreachable = 0;

  add(fault: Fault): void {
    assertFault(fault);
    if (fault.fault === 'unreachable') this.#unreachable += fault.times ?? 1;
    else if (fault.fault === 'refuse') {
      this.#refusals.push(...Array<number>(fault.times ?? 1).fill(fault.reasonCode ?? 0x89));
    } else if (fault.fault === 'hangUp') this.#hangUps.push({ fault, left: fault.times ?? Infinity });
    else this.#strikes.push({ fault, left: fault.n ?? 1 });
  }

  /** Whether this connection cannot be opened. */
  isUnreachable(): boolean {
    return this.#unreachable > 0 && this.#unreachable-- > 0;
  }

  /** The reason code with which this CONNECT is refused. */
  refusal(): number | undefined {
    return this.#refusals.shift();
  }

  /** Why the broker hangs up at a packet that names these topics or filters. */
  hangUp(packet: HangUpFault['packet'], names: readonly string[]): HangUpFault | undefined {
    const found = this.#hangUps.find(
      ({ fault, left }) => left > 0 && fault.packet === packet && names.some(name => matches(fault.matching, name)),
    );
    if (found !== undefined) found.left--;
    return found?.fault;
  }

  /** What strikes this packet. */
  strike({ cmd }: Packet, sender: From): PacketFault | undefined {
    let struck: PacketFault | undefined;
    for (const strike of this.#strikes) {
      const { packet, from = sender } = strike.fault;
      if (from === sender && (packet === 'any' || packet === cmd) && --strike.left === 0) struck ??= strike.fault;
    }
    return struck;
  }
}

function assertFault(fault: Fault): void {
  if (!kinds.includes(fault.fault))
    throw misuse(`there is no fault ${quote(fault.fault)}; a fault is one of ${quoteAll(kinds)}`);
  assertCount(fault.fault, 'n', (fault as OfPacket).n);
  assertCount(fault.fault, 'times', (fault as { times?: number }).times);
  if ('packet' in fault && fault.packet !== 'any' && !packetTypes.some(type => type?.cmd === fault.packet)) {
    throw misuse(
      `the fault '${fault.fault}' is for the packet ${quote(fault.packet)}, which does not exist; it is 'any' or a name such as 'puback'`,
    );
  }
  if (fault.fault === 'hangUp') assertHangUp(fault);
  if (fault.fault !== 'delay') return;
  if (!(fault.ms >= 0 && fault.ms < Infinity))
    throw misuse(`'ms' of the fault 'delay' is ${quote(fault.ms)}; it must be a number from 0`);
}

function assertHangUp({ packet, matching }: HangUpFault): void {
  if (!hangUpAt.includes(packet))
    throw misuse(`'packet' of the fault 'hangUp' is ${quote(packet)}; it must be one of ${quoteAll(hangUpAt)}`);
  try {
    assertTopicFilter(matching);
  } catch {
    throw misuse(`'matching' of the fault 'hangUp' is ${inspect(matching)}; it must be a topic filter`);
  }
}

function assertCount(fault: string, name: string, value: unknown): void {
  if (value === undefined || (Number.isInteger(value) && (value as number) > 0)) return;
  throw misuse(`'${name}' of the fault '${fault}' is ${quote(value)}; it must be a whole number from 1`);
}
