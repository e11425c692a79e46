import { MqttError } from '../errors.js';
import type { ProtocolVersion } from '../packets.js';

const olderVersion: Readonly<Record<ProtocolVersion, ProtocolVersion | undefined>> = { 5: 4, 4: 3, 3: undefined };

/** What an attempt knows of the versions of its server, and what it finds out. */
type KnownVersions = Pick<ServerVersions, 'newest' | 'accepted' | 'fallback'>;

/** The protocol versions of one server. Only a CONNACK tells which one it accepts; a hang-up does not. Lives with the client. */
export class ServerVersions {
  /** The newest version that the server has not refused with a CONNACK. */
  newest: ProtocolVersion = 5;
  /** The version that the server accepted last. */
  accepted: ProtocolVersion | undefined;
  /** The older version that the next attempt tries, because the last one ended in a hang-up; undefined for the newest. */
  fallback: ProtocolVersion | undefined;

  /** Begins an attempt with what is known of the server. */
  startAttempt(): VersionAttempt {
    return new VersionAttempt(this, true);
  }
}

/** Begins an attempt with one version only. */
export const fixedVersion = (version: ProtocolVersion): VersionAttempt =>
  new VersionAttempt({ newest: version, accepted: version, fallback: undefined }, false);

/**
 * The versions that one attempt tries, from newer to older ones.
 *
 * After a CONNACK that refuses a version, the next older one is tried immediately. A hang-up without CONNACK may have other reasons: the
 * next attempt tries the next older version as a fallback, and after the oldest the newest again. When a server answers a fallback, it is up,
 * and the newest version is tried immediately. Only if the server hangs up then, the older version is used, for this connection.
 */
export class VersionAttempt {
  version: ProtocolVersion;
  readonly #known: KnownVersions;
  readonly #mayStepDown: boolean;
  /** Whether the version is tried only because of a hang-up, and no CONNACK has arrived since. */
  #isFallback: boolean;
  /** Whether the server is known to be up and to accept an older version, so that the version is the reason of a hang-up. */
  #isUp: boolean;
  #hasAnswered = false;

  constructor(known: KnownVersions, mayStepDown: boolean) {
    this.#known = known;
    this.#mayStepDown = mayStepDown;
    this.version = known.fallback ?? known.newest;
    this.#isFallback = known.fallback !== undefined;
    this.#isUp = known.accepted !== undefined && known.accepted < known.newest;
    known.fallback = undefined;
  }

  /** Records that the server accepts the connection. Returns false where it must not be used, and `fail()` must be called next. */
  accept(): boolean {
    if (this.#isFallback) {
      this.#hasAnswered = true;
      return false;
    }
    this.#known.accepted = this.version;
    return true;
  }

  /** Records that the attempt failed. Returns whether to connect again immediately, with the new value of `version`. */
  fail(error: unknown): boolean {
    if (!this.#mayStepDown) return false;
    if (this.#isFallback) return this.#failFallback(error);
    if (MqttError.is(error, 'UNSUPPORTED_PROTOCOL_VERSION')) return this.#handleRefusal();
    if (isHangUp(error)) return this.#handleHangUp();
    return false;
  }

  #handleRefusal(): boolean {
    const next = olderVersion[this.version];
    if (next === undefined) return false;
    if (this.version === this.#known.newest) this.#known.newest = next;
    this.version = next;
    return true;
  }

  #handleHangUp(): boolean {
    const { accepted, newest } = this.#known;
    const next = olderVersion[this.version];
    if (next === undefined || accepted === this.version || accepted === newest) return false;
    if (!this.#isUp) {
      this.#known.fallback = next;
      return false;
    }
    this.version = next;
    return true;
  }

  /** Tries the newest version after a fallback failed, as an error of a fallback never closes the client. */
  #failFallback(error: unknown): boolean {
    const next = olderVersion[this.version];
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
