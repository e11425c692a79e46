import type { PacketCommand } from '../../packets.js';
import type { Differences } from './differences.js';
import { type SentPacket, isSamePacket } from './same-packet.js';

/** How many packets that wait are looked through. */
const SEARCHED = 100;

/**
 * Acknowledgements, PUBRELs and all else are compared apart, because their order between each other is chance: the network and the handlers
 * of messages take time in the field, and none in a replay.
 */
const laneOf = (command: PacketCommand): 'acks' | 'releases' | 'rest' =>
  command === 'puback' || command === 'pubrec' || command === 'pubcomp'
    ? 'acks'
    : command === 'pubrel'
      ? 'releases'
      : 'rest';

/** A packet of one side, and what happens when it is found on the other. */
export interface Candidate extends SentPacket {
  readonly onMatch?: (other: SentPacket) => void;
  /** Whether a packet that comes after it on this side was found on the other side before it. */
  isOvertaken?: boolean;
  /** Whether it may have been sent before the trace began, so that it is no difference if the trace does not have it. */
  readonly isOptional?: boolean;
}

export interface ComparisonConfig {
  readonly differences: Differences;
  readonly isLenient: boolean;
  /** ms */
  readonly tolerance: number;
  /** Returns the packet identifier in the replay of a message of the trace. */
  readonly actualId: (id: number) => number | undefined;
}

/** Compares what the client sends on one connection with the trace. Lives with the connection. */
export class Comparison {
  readonly #config: ComparisonConfig;
  readonly #startedAt: number;
  readonly #recorded = { acks: [] as Candidate[], releases: [] as Candidate[], rest: [] as Candidate[] };
  readonly #actual = { acks: [] as Candidate[], releases: [] as Candidate[], rest: [] as Candidate[] };

  constructor(config: ComparisonConfig, startedAt: number) {
    this.#config = config;
    this.#startedAt = startedAt;
  }

  addRecorded(recorded: Candidate): void {
    const lane = laneOf(recorded.packet.cmd);
    const actual = this.#take(this.#actual[lane], other => [recorded, other]);
    if (actual === undefined) this.#recorded[lane].push(recorded);
    else this.#pair(recorded, actual, this.#recorded[lane]);
  }

  addActual(actual: Candidate): void {
    const lane = laneOf(actual.packet.cmd);
    const recorded = this.#take(this.#recorded[lane], other => [other, actual]);
    if (recorded === undefined) this.#actual[lane].push(actual);
    else this.#pair(recorded, actual, this.#actual[lane]);
  }

  /**
   * Ends the comparison with the connection. What one side sent just before the end may have come too late on the other side, and is no
   * difference.
   */
  end(frame: number): void {
    const { differences, tolerance } = this.#config;
    const last = frame - Math.min(tolerance, (frame - this.#startedAt) / 10);
    const isEarly = (sent: SentPacket) => sent.frame < last;
    for (const lane of ['acks', 'releases', 'rest'] as const) {
      for (const recorded of this.#recorded[lane].splice(0).filter(isEarly)) differences.addMissing(recorded);
      for (const actual of this.#actual[lane].splice(0).filter(isEarly)) {
        if (!actual.isOptional) differences.addSurplus(actual);
      }
    }
  }

  /** Takes the packet that is the same or, if only kinds count, the first one of the kind. */
  #take(
    waiting: Candidate[],
    pairOf: (other: Candidate) => [recorded: Candidate, actual: Candidate],
  ): Candidate | undefined {
    const { isLenient, actualId } = this.#config;
    const near = waiting.length > SEARCHED ? waiting.slice(0, SEARCHED) : waiting;
    let at = near.findIndex(other => isSamePacket(...pairOf(other), actualId));
    if (at < 0 && isLenient) {
      at = waiting.findIndex(other => {
        const [recorded, actual] = pairOf(other);
        return recorded.packet.cmd === actual.packet.cmd;
      });
    }
    if (at < 0) return undefined;
    markOvertaken(waiting, at);
    return waiting.splice(at, 1)[0];
  }

  /** @param waiting - the packets before the one that was not found at once, on its side. */
  #pair(recorded: Candidate, actual: Candidate, waiting: readonly Candidate[]): void {
    const { differences, isLenient, tolerance } = this.#config;
    const isOvertaken = [recorded, actual].some(one => one.isOvertaken && !one.isOptional);
    markOvertaken(waiting, waiting.length);
    recorded.onMatch?.(actual);
    actual.onMatch?.(recorded);
    const late = actual.frame - recorded.frame;
    if (isLenient) differences.addSame(recorded);
    else if (isOvertaken) differences.addMoved(recorded, actual, 'in another order');
    else if (late > tolerance) differences.addMoved(recorded, actual, `${late} ms later`);
    else if (-late > tolerance) differences.addMoved(recorded, actual, `${-late} ms earlier`);
    else differences.addSame(recorded);
  }
}

/** Marks the packets before an index. Those before a marked one are marked. */
function markOvertaken(waiting: readonly Candidate[], before: number): void {
  for (let i = before - 1; i >= 0 && !waiting[i]!.isOvertaken; i--) waiting[i]!.isOvertaken = true;
}
