import { MqttError } from '../errors.js';
import type { ProtocolVersion } from '../packets.js';

const older: Readonly<Record<ProtocolVersion, ProtocolVersion | undefined>> = { 5: 4, 4: 3, 3: undefined };

/** What is known of one server. */
interface ServerVersions {
  /** The newest version that the server has not refused in words. */
  newest: ProtocolVersion;
  /** The version that the server accepted last. */
  accepted: ProtocolVersion | undefined;
  /** The older version that the next attempt tries, because the last one ended in a hang-up; undefined: the newest. */
  fallback: ProtocolVersion | undefined;
}

/** Servers remembered, those that redirects named included. */
const MAX_SERVERS = 100;

/** Which version each server speaks. Only a CONNACK counts as a statement; a hang-up does not. Lives with the client. */
export class Versions {
  readonly #servers = new Map<string, ServerVersions>();

  /** Begins an attempt on a server with what is known of it. */
  ladder(server: string, wanted: 'auto' | ProtocolVersion): VersionLadder {
    if (wanted !== 'auto') return new VersionLadder({ newest: wanted, accepted: wanted, fallback: undefined }, false);
    const known = this.#servers.get(server) ?? { newest: 5, accepted: undefined, fallback: undefined };
    // the one that was used last stands last; a broker may redirect to ever new names
    this.#servers.delete(server);
    this.#servers.set(server, known);
    if (this.#servers.size > MAX_SERVERS) this.#servers.delete(this.#servers.keys().next().value!);
    return new VersionLadder(known, true);
  }
}

/**
 * One attempt's way down the versions.
 *
 * A server that refuses a version in words is asked for the next older one at once. A server that hangs up without any CONNACK has
 * stated nothing: the next attempt tries the next older version, and after the oldest it is the newest one's turn again. When a
 * server answers such a fallback, it is up, and is asked for the newest version at once; only if it then hangs up still, the older
 * version is used, for this connection.
 */
export class VersionLadder {
  version: ProtocolVersion;
  readonly #known: ServerVersions;
  readonly #mayStepDown: boolean;
  /** The version is tried only because of a hang-up, and no CONNACK has come since. */
  #isFallback: boolean;
  /** The server has shown that it is up and speaks an older version: a hang-up is because of the version. */
  #isUp: boolean;
  #hasAnswered = false;

  constructor(known: ServerVersions, mayStepDown: boolean) {
    this.#known = known;
    this.#mayStepDown = mayStepDown;
    this.version = known.fallback ?? known.newest;
    this.#isFallback = known.fallback !== undefined;
    this.#isUp = known.accepted !== undefined && known.accepted < known.newest;
    known.fallback = undefined;
  }

  /** Whether to take the connection that the server accepts; if not, `failed()` is to be called next. */
  accepts(): boolean {
    if (this.#isFallback) {
      this.#hasAnswered = true;
      return false;
    }
    this.#known.accepted = this.version;
    return true;
  }

  /** Whether to connect again at once, with `version` as it is then. */
  failed(error: unknown): boolean {
    if (!this.#mayStepDown) return false;
    if (this.#isFallback) return this.#fallbackFailed(error);
    if (MqttError.is(error, 'UNSUPPORTED_PROTOCOL_VERSION')) return this.#refused();
    if (isHangUp(error)) return this.#hungUp();
    return false;
  }

  #refused(): boolean {
    const next = older[this.version];
    if (next === undefined) return false;
    if (this.version === this.#known.newest) this.#known.newest = next;
    this.version = next;
    return true;
  }

  #hungUp(): boolean {
    const { accepted, newest } = this.#known;
    const next = older[this.version];
    if (next === undefined || accepted === this.version || accepted === newest) return false;
    if (!this.#isUp) {
      this.#known.fallback = next;
      return false;
    }
    this.version = next;
    return true;
  }

  /** An obstacle of a fallback is never the end of the client: the newest version is tried instead. */
  #fallbackFailed(error: unknown): boolean {
    const next = older[this.version];
    const hasAnswered = this.#hasAnswered || MqttError.is(error, 'CONNECTION_REFUSED');
    if (!hasAnswered) {
      if (isHangUp(error)) this.#known.fallback = next;
      if (!MqttError.is(error) || error.retryable) return false;
      if (error.code === 'UNSUPPORTED_PROTOCOL_VERSION' && next !== undefined) {
        this.version = next;
        return true;
      }
    }
    this.#isUp = hasAnswered;
    this.#isFallback = false;
    this.version = this.#known.newest;
    return true;
  }
}

const isHangUp = (error: unknown): boolean => MqttError.is(error, 'CONNECTION_CLOSED') && error.phase === 'mqtt';
