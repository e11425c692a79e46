import { MqttError } from '../errors.js';
import type { ProtocolVersion } from '../packets.js';

const older: Readonly<Record<ProtocolVersion, ProtocolVersion | undefined>> = { 5: 4, 4: 3, 3: undefined };

/** Which version each server speaks, as far as it showed. Lives with the client. */
export class Versions {
  readonly #known = new Map<string, ProtocolVersion>();
  /** Servers that have accepted what is known of them: when they hang up, it is not because of the version. */
  readonly #proven = new Set<string>();

  /** Begins an attempt on a server with what is known of it. */
  ladder(server: string, wanted: 'auto' | ProtocolVersion): VersionLadder {
    const first = wanted === 'auto' ? (this.#known.get(server) ?? 5) : wanted;
    return new VersionLadder(first, wanted === 'auto', this.#proven.has(server), (version, accepted) => {
      this.#known.set(server, version);
      if (accepted) this.#proven.add(server);
      else this.#proven.delete(server);
    });
  }
}

/**
 * One attempt's way down the versions. A server that refuses a version in words is asked for the next older one; one that hangs up
 * without any CONNACK is asked once more for the same first, because that may have had other causes.
 */
export class VersionLadder {
  #hungUp = false;

  constructor(
    public version: ProtocolVersion,
    private readonly mayStepDown: boolean,
    private proven: boolean,
    private readonly remember: (version: ProtocolVersion, accepted: boolean) => void,
  ) {}

  accepted(): void {
    this.remember(this.version, true);
  }

  /** Whether to connect again at once, with `version` as it is then. */
  failed(error: unknown): boolean {
    if (!this.mayStepDown) return false;
    if (MqttError.is(error, 'UNSUPPORTED_PROTOCOL_VERSION')) return this.#stepDown(true);
    if (this.proven || !MqttError.is(error, 'CONNECTION_CLOSED') || error.phase !== 'mqtt') return false;
    if (this.#hungUp) return this.#stepDown(false);
    this.#hungUp = true;
    return true;
  }

  #stepDown(certain: boolean): boolean {
    const next = older[this.version];
    if (next === undefined) return false;
    this.version = next;
    this.#hungUp = false;
    this.proven = false;
    if (certain) this.remember(next, false);
    return true;
  }
}
