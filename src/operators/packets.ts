import { type OperatorFunction, filter, map } from 'rxjs';
import type { PacketCommand, PacketOf } from '../packets.js';
import type { PacketEvent } from '../results.js';

/** Selects from `packet$` the packets of one command that the broker sent. Completes and errors with its source. */
export const received = <C extends PacketCommand>(cmd: C): OperatorFunction<PacketEvent, PacketOf<C>> =>
  packetsOf('received', cmd);

/** Selects from `packet$` the packets of one command that the client sent. Completes and errors with its source. */
export const sent = <C extends PacketCommand>(cmd: C): OperatorFunction<PacketEvent, PacketOf<C>> =>
  packetsOf('sent', cmd);

function packetsOf<C extends PacketCommand>(
  direction: PacketEvent['direction'],
  cmd: C,
): OperatorFunction<PacketEvent, PacketOf<C>> {
  return event$ =>
    event$.pipe(
      filter(event => event.direction === direction && event.packet.cmd === cmd),
      map(event => event.packet as PacketOf<C>),
    );
}
