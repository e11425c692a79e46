import type { PacketCommand } from '../../packets.js';
import { type Random, randomOf } from './random.js';

/** An event of a simulated run. `at` is its time in ms of virtual time. */
export type SimulationEvent = { readonly at: number } & (
  | { readonly kind: 'action'; readonly name: string; readonly n: number }
  | { readonly kind: 'cut' | 'halfOpen' | 'loseSession' }
  | {
      readonly kind: 'cutAt' | 'drop' | 'delay';
      readonly packet: PacketCommand;
      readonly from: From;
      readonly ms: number;
    }
  | { readonly kind: 'hangUp'; readonly packet: 'publish' | 'subscribe'; readonly times: number }
  | { readonly kind: 'unreachable'; readonly times: number }
  | { readonly kind: 'storeFails' | 'storeSlow'; readonly ms: number }
  | { readonly kind: 'crash'; readonly steps: number; readonly ms: number; readonly finishesBatch: boolean }
);

type From = 'client' | 'broker';

/**
 * What can go wrong in a simulated run.
 *
 * - `cut`, `cutAt`: the link breaks, now or before the next packet of a kind arrives.
 * - `halfOpen`, `drop`: nothing arrives any more, from now on or from the next packet of a kind on, and neither side notices. TCP loses no
 *   packet without all that follow.
 * - `delay`: a packet and all after it arrive later.
 * - `hangUp`: the broker closes the connection at the next PUBLISH or SUBSCRIBE, once or several times.
 * - `unreachable`: no link can be opened.
 * - `storeFails`, `storeSlow`: for some time, batches fail, or take 50 ms.
 * - `crash`: the process dies after so many `steps` more, the tasks that it runs and the packets that arrive. A batch that is being written
 *   is in the store or not. After `ms`, the next process starts.
 * - `loseSession`: the broker restarts without its sessions. What MQTT promises is weaker then, so you have to ask for it.
 */
export type SimulationFaultKind = Exclude<SimulationEvent['kind'], 'action'>;

/** The faults of a run that does not name its own. */
export const USUAL_FAULTS: readonly SimulationFaultKind[] = [
  'cut',
  'cutAt',
  'halfOpen',
  'drop',
  'delay',
  'hangUp',
  'unreachable',
  'storeFails',
  'storeSlow',
  'crash',
];

const packets: readonly (readonly [PacketCommand, From])[] = [
  ['connack', 'broker'],
  ['suback', 'broker'],
  ['publish', 'broker'],
  ['publish', 'client'],
  ...(['puback', 'pubrec', 'pubrel', 'pubcomp'] as const).flatMap(
    cmd =>
      [
        [cmd, 'broker'],
        [cmd, 'client'],
      ] as const,
  ),
];

export interface ScheduleOptions {
  readonly actions: readonly string[];
  readonly faults: readonly SimulationFaultKind[];
  readonly events: number;
  readonly duration: number;
}

/** Returns the events of a seed in the order of their times. Two of three are actions. */
export function createSchedule(
  seed: number,
  { actions, faults, events, duration }: ScheduleOptions,
): SimulationEvent[] {
  const random = randomOf(seed, 'schedule');
  const count = random.between(1, events);
  const kinds = faults.filter(() => random.next() < 0.6);
  return Array.from({ length: count }, (_, n): SimulationEvent => {
    const at = random.between(0, duration);
    if (actions.length > 0 && (kinds.length === 0 || random.next() < 0.66))
      return { at, kind: 'action', name: random.oneOf(actions), n };
    return createFault(at, random.oneOf(kinds.length > 0 ? kinds : faults), random);
  }).sort((a, b) => a.at - b.at);
}

function createFault(at: number, kind: SimulationFaultKind, random: Random): SimulationEvent {
  switch (kind) {
    case 'cutAt':
    case 'drop':
    case 'delay': {
      const [packet, from] = random.oneOf(packets);
      return { at, kind, packet, from, ms: kind === 'delay' ? random.between(1, 100) : 0 };
    }
    case 'hangUp':
      return { at, kind, packet: random.oneOf(['publish', 'publish', 'subscribe']), times: random.between(1, 4) };
    case 'unreachable':
      return { at, kind, times: random.between(1, 4) };
    case 'storeFails':
    case 'storeSlow':
      return { at, kind, ms: random.oneOf([1, 5, 20, 100, 1500]) };
    case 'crash': {
      const steps = random.between(0, random.oneOf([0, 3, 10, 40]));
      return { at, kind, steps, ms: random.oneOf([0, 1, 5, 50, 500]), finishesBatch: random.next() < 0.5 };
    }
    default:
      return { at, kind };
  }
}

/** Returns a short description of an event, as diagrams show it. */
export function describeEvent(event: SimulationEvent): string {
  switch (event.kind) {
    case 'action':
      return `${event.name} ${event.n}`;
    case 'cutAt':
    case 'drop':
      return `${event.kind} ${event.packet} of ${event.from}`;
    case 'delay':
      return `delay ${event.packet} of ${event.from} ${event.ms}`;
    case 'unreachable':
      return `unreachable ${event.times}`;
    case 'storeFails':
    case 'storeSlow':
      return `${event.kind} ${event.ms}`;
    case 'crash':
      return `crash after ${event.steps} steps${event.finishesBatch ? ', batch written' : ''}`;
    case 'hangUp':
      return `hangUp at ${event.packet}, ${event.times} times`;
    default:
      return event.kind;
  }
}
