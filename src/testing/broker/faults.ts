import { packetTypes } from '../../codec/packet-types.js';
import type { Packet, PacketCommand } from '../../packets.js';
import { matches } from '../../protocol/topics/match.js';
import { assertTopicFilter } from '../../protocol/topics/validate.js';
import { misuse, quote, quoteAll } from '../marbles/failure.js';
import { inspect } from '../marbles/inspect.js';

/** Who sends the packet that a fault affects. Default: either of them. */
type From = 'client' | 'broker';

interface OfPacket {
  /** The name of the packet in lower case, or any packet. */
  readonly packet: PacketCommand | 'any';
  /** Which of these packets, counted from 1 over all connections of the broker. Default 1. */
  readonly n?: number;
  readonly from?: From;
}

/** A fault of a {@link VirtualBroker}. Each occurs once, except `hangUp`, which occurs each time. */
export type Fault =
  /** The packet is lost. */
  | ({ readonly fault: 'drop' } & OfPacket)
  /** The packet, and all packets after it, arrive later by this number of ms. */
  | ({ readonly fault: 'delay'; readonly ms: number } & OfPacket)
  /** The link breaks before the packet arrives. */
  | ({ readonly fault: 'cut' } & OfPacket)
  /** From this packet on, nothing arrives on its connection, and neither side notices. */
  | ({ readonly fault: 'halfOpen' } & OfPacket)
  /** The next connections cannot be opened. */
  | { readonly fault: 'unreachable'; readonly times?: number }
  /** The next CONNECTs are refused. Default reason code: 0x89, server busy. */
  | { readonly fault: 'refuse'; readonly reasonCode?: number; readonly times?: number }
  | HangUpFault;

/**
 * The broker closes the connection at each PUBLISH to a topic, or SUBSCRIBE or UNSUBSCRIBE of a filter, that matches the filter `matching`:
 * without DISCONNECT, or, in 5.0 and with a `reasonCode`, with it.
 */
interface HangUpFault {
  readonly fault: 'hangUp';
  readonly packet: 'publish' | 'subscribe' | 'unsubscribe';
  readonly matching: string;
  readonly reasonCode?: number;
  /** How many times. Default: each time. */
  readonly times?: number;
}

type PacketFault = Exclude<Extract<Fault, OfPacket>, HangUpFault>;

const kinds = ['drop', 'delay', 'cut', 'halfOpen', 'unreachable', 'refuse', 'hangUp'];
const hangUpAt = ['publish', 'subscribe', 'unsubscribe'];

/** The faults that have not occurred yet. */
export class Faults {
  readonly #packetFaults: { readonly fault: PacketFault; left: number }[] = [];
  readonly #hangUps: { readonly fault: HangUpFault; left: number }[] = [];
  readonly #refusals: number[] = [];
  #unreachable = 0;

  add(fault: Fault): void {
    assertFault(fault);
    if (fault.fault === 'unreachable') this.#unreachable += fault.times ?? 1;
    else if (fault.fault === 'refuse') {
      this.#refusals.push(...Array<number>(fault.times ?? 1).fill(fault.reasonCode ?? 0x89));
    } else if (fault.fault === 'hangUp') this.#hangUps.push({ fault, left: fault.times ?? Infinity });
    else this.#packetFaults.push({ fault, left: fault.n ?? 1 });
  }

  /** Returns whether the next connection cannot be opened, and counts it. */
  takeUnreachable(): boolean {
    return this.#unreachable > 0 && this.#unreachable-- > 0;
  }

  /** Returns the reason code with which the next CONNECT is refused. */
  takeRefusal(): number | undefined {
    return this.#refusals.shift();
  }

  /** Returns the fault by which the broker closes the connection at a packet with these topics or filters. */
  takeHangUp(packet: HangUpFault['packet'], names: readonly string[]): HangUpFault | undefined {
    const found = this.#hangUps.find(
      ({ fault, left }) => left > 0 && fault.packet === packet && names.some(name => matches(fault.matching, name)),
    );
    if (found !== undefined) found.left--;
    return found?.fault;
  }

  /** Returns the fault of this packet. */
  take({ cmd }: Packet, sender: From): PacketFault | undefined {
    let found: PacketFault | undefined;
    for (const each of this.#packetFaults) {
      const { packet, from = sender } = each.fault;
      if (from === sender && (packet === 'any' || packet === cmd) && --each.left === 0) found ??= each.fault;
    }
    return found;
  }
}

function assertFault(fault: Fault): void {
  if (!kinds.includes(fault.fault)) throw misuse(`unknown fault ${quote(fault.fault)}; known are ${quoteAll(kinds)}`);
  assertCount(fault.fault, 'n', (fault as OfPacket).n);
  assertCount(fault.fault, 'times', (fault as { times?: number }).times);
  if ('packet' in fault && fault.packet !== 'any' && !packetTypes.some(type => type?.cmd === fault.packet)) {
    throw misuse(
      `'packet' of the fault '${fault.fault}' is ${quote(fault.packet)}; it must be 'any' or a name such as 'puback'`,
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
