import type { ConnectPacket, Packet, SubscribePacket } from '../../packets.js';
import type { TraceEvent } from '../../trace/trace-event.js';
import { TracePrologue } from '../../trace/recording/trace-prologue.js';
import { recordedPacket } from '../replay/recorded-packet.js';

/** What the broker sent on one link. */
export interface TracedLink {
  /** ms since the start of the part of the trace. */
  readonly openedAt: number;
  /** Undefined if the client could not connect. */
  readonly connect?: ConnectPacket;
  readonly packets: { readonly at: number; readonly packet: Packet }[];
  /** Undefined if the client closed it, or the trace ends before. */
  brokenAt?: number;
}

/** What a test needs of a trace. */
export interface TracedLinks {
  readonly links: TracedLink[];
  /** The CONNECT that the broker has accepted. */
  readonly connect: ConnectPacket | undefined;
  /** The filters of all SUBSCRIBEs. */
  readonly filters: ReadonlySet<string>;
  /** ms */
  readonly length: number;
}

/** Returns the links of the part of a trace from `from` to `to`. What opened the connection that exists at `from` comes first. */
export function linksOf(trace: Iterable<TraceEvent>, from: number, to: number): TracedLinks {
  const links: TracedLink[] = [];
  const filters = new Set<string>();
  let isAttempting = false;
  let length = 0;

  for (const event of partOf(trace, from, to)) {
    length = event.at;
    const link = links.at(-1);
    if (event.type === 'state') {
      if (event.status === 'connecting') isAttempting = true;
      else if (event.status !== 'connected') {
        // An attempt that failed without a link is a link that breaks at once.
        if (isAttempting && event.error) links.push({ openedAt: event.at, packets: [], brokenAt: event.at });
        else if (link !== undefined && event.error) link.brokenAt ??= event.at;
        isAttempting = false;
      }
    }
    if (event.type !== 'packet') continue;
    const { packet } = recordedPacket(event, undefined);
    if (event.direction === 'received') link?.packets.push({ at: event.at, packet });
    else if (packet.cmd === 'connect') {
      if (link !== undefined) link.brokenAt ??= event.at;
      links.push({ openedAt: event.at, connect: packet, packets: [] });
      isAttempting = false;
    } else if (packet.cmd === 'subscribe') addFilters(packet, filters);
  }
  const connect = acceptedConnect(links);
  // The client of the test speaks the version that the broker has accepted, and does not try others.
  const isSpoken = (link: TracedLink) => !link.connect || link.connect.protocolVersion === connect?.protocolVersion;
  return { links: links.filter(isSpoken), connect, filters, length };
}

/** Returns the first CONNECT that the broker has accepted, or the first one. */
function acceptedConnect(links: readonly TracedLink[]): ConnectPacket | undefined {
  const isAccepted = ({ packets }: TracedLink) =>
    packets.some(({ packet }) => packet.cmd === 'connack' && packet.reasonCode === 0);
  return (links.find(isAccepted) ?? links.find(({ connect }) => connect))?.connect;
}

function addFilters({ subscriptions }: SubscribePacket, filters: Set<string>): void {
  for (const { filter } of subscriptions) filters.add(filter);
}

/** Returns the events of a part of a trace, with the ms since its beginning. */
function* partOf(trace: Iterable<TraceEvent>, from: number, to: number): Generator<TraceEvent> {
  const prologue = new TracePrologue();
  let hasBegun = false;
  for (const event of trace) {
    if (event.at > to) return;
    if (event.at < from) {
      prologue.add(event);
      continue;
    }
    if (!hasBegun) for (const earlier of prologue.events()) yield { ...earlier, at: 0 };
    hasBegun = true;
    yield { ...event, at: event.at - from } as TraceEvent;
  }
}
