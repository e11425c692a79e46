import { filter, map } from 'rxjs';
import type { Packet } from '../../src/packets.js';
import { type Machine, type Process, watch } from './machine.js';

/** A packet as text: `publish a #1 dup`, `puback #1`, `connect`. */
export function shown(packet: Readonly<Packet>): string {
  const id = 'packetId' in packet && packet.packetId ? ` #${packet.packetId}` : '';
  return packet.cmd === 'publish'
    ? `publish ${packet.topic}${packet.qos > 0 ? id : ''}${packet.dup ? ' dup' : ''}`
    : packet.cmd + id;
}

/** The packets that the broker gets from now on. */
export const received = ({ broker }: Machine): string[] =>
  watch(
    broker.packet$.pipe(
      filter(({ direction }) => direction === 'received'),
      map(({ packet }) => shown(packet)),
    ),
  );

/** Connects a process of this machine, and lets the handshake end. */
export function connected(machine: Machine, ...[options]: Parameters<Machine['start']>): Process {
  const process = machine.start(options);
  process.client.connect().subscribe();
  machine.run(20);
  return process;
}

export const acks = ({ client }: Process): string[] =>
  watch(client.ack$, ack =>
    ack.kind === 'publish'
      ? `${ack.topic} ${ack.delivery}${ack.error ? ` ${ack.error.code}` : ''}${ack.tag ? ` ${ack.tag}` : ''}`
      : ack.kind,
  );

export const keys = ({ store }: Machine, clientId = 'me'): string[] => [...store.entriesOf(clientId).keys()].sort();

/** The keys of messages, positions and receipts. */
export const records = (machine: Machine): string[] => keys(machine).filter(key => /^[mpr]/.test(key));
