import { type OperatorFunction, filter, map } from 'rxjs';
import type { PacketCommand, PacketOf } from '../packets.js';
import type { PacketEvent } from '../results.js';

/** Of `packet$`, the packets of this command that came from the broker. Completes and errors with its source. */
export const received = <C extends PacketCommand>(cmd: C): OperatorFunction<PacketEvent, PacketOf<C>> =>
  passed('received', cmd);

/** Of `packet$`, the packets of this command that went to the broker. Completes and errors with its source. */
export const sent = <C extends PacketCommand>(cmd: C): OperatorFunction<PacketEvent, PacketOf<C>> =>
  passed('sent', cmd);

function passed<C extends PacketCommand>(
  direction: PacketEvent['direction'],
  cmd: C,
): OperatorFunction<PacketEvent, PacketOf<C>> {
  return event$ =>
    event$.pipe(
      filter(event => event.direction === direction && event.packet.cmd === cmd),
      map(event => event.packet as PacketOf<C>),
    );
}
