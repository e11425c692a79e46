import type { MqttError } from '../../../errors.js';
import type { Warnings } from '../../warnings.js';
import { ServerVersions } from '../../../protocol/versions.js';
import { quoted } from '../../../quoted.js';

/** How often in a row a refusal of credentials that were accepted before is retried. The next refusal ends the client. */
const MAX_REFUSALS = 10;
/** How many identical violations, or connections that were closed early, in a row pass without a warning. */
const SILENT_REPETITIONS = 2;
/** After how many violations of Receive Maximum it is no longer sent to a server. */
const RECEIVE_MAXIMUM_VIOLATIONS = 2;

const RECEIVE_MAXIMUM_EXCEEDED = 0x93;
const BAD_CREDENTIALS: readonly (number | undefined)[] = [0x86, 0x87];

/** How many servers have a record, including those that redirects named. */
const MAX_SERVERS = 100;

const violations: readonly string[] = ['PROTOCOL_ERROR', 'MALFORMED_PACKET', 'PACKET_TOO_LARGE'];
const isViolation = ({ code }: MqttError): boolean => violations.includes(code);
/** Whether a connection was closed that the server had accepted. */
const isClose = ({ code, phase }: MqttError): boolean => code === 'CONNECTION_CLOSED' && phase === undefined;

export interface Credentials {
  readonly username?: string | undefined;
  readonly password?: string | Uint8Array | undefined;
}

const NO_CREDENTIALS: Credentials = {};

/** The record of each server that was tried. Lives with the client. */
export class ServerRecords {
  readonly #warnings: Warnings;
  /** The record that was used last is the last one. A list, because nearly all clients have one server. */
  #records: readonly ServerRecord[] = [];

  constructor(warnings: Warnings) {
    this.#warnings = warnings;
  }

  of(url: string): ServerRecord {
    const last = this.#records.at(-1);
    if (last?.url === url) return last;
    const record = this.#records.find(each => each.url === url) ?? new ServerRecord(url, this.#warnings);
    // the one that was not used for longest is dropped: a broker may redirect to ever new names
    this.#records = [...this.#records.filter(each => each !== record), record].slice(-MAX_SERVERS);
    return record;
  }
}

/** What is known of one server from earlier attempts and connections. Lives with the client. */
export class ServerRecord {
  readonly url: string;
  readonly #warnings: Warnings;
  #versions: ServerVersions | undefined;
  #accepted: Credentials | undefined;
  #offered: Credentials = NO_CREDENTIALS;
  /** Attempts since the server has last accepted a connection. */
  #attempts = 0;
  #refusals = 0;
  /** The code and reason code of the loss that was recorded last. */
  #repeated: string | undefined;
  #repetitions = 0;
  #receiveMaximumViolations = 0;

  constructor(url: string, warnings: Warnings) {
    this.url = url;
    this.#warnings = warnings;
  }

  /** Made on demand, because a client with one version needs none. */
  get versions(): ServerVersions {
    return (this.#versions ??= new ServerVersions());
  }

  /** Whether the server exceeds the Receive Maximum of the client, so that sending one only ends connections. */
  get ignoresReceiveMaximum(): boolean {
    return this.#receiveMaximumViolations >= RECEIVE_MAXIMUM_VIOLATIONS;
  }

  /** Whether the credentials of the last attempt were accepted before, and not refused too often since. */
  get acceptedBefore(): boolean {
    return this.#refusals < MAX_REFUSALS && this.#accepted !== undefined && isSame(this.#accepted, this.#offered);
  }

  /** How many attempts failed before the present one since the server has last accepted a connection. */
  get failures(): number {
    return this.#attempts - 1;
  }

  recordAttempt({ username, password }: Credentials): void {
    this.#attempts++;
    this.#offered = username === undefined && password === undefined ? NO_CREDENTIALS : { username, password };
  }

  recordConnected(): void {
    this.#accepted = this.#offered;
    this.#refusals = this.#attempts = 0;
  }

  /** Records that a refusal of credentials that were accepted before is retried. */
  recordRetriedRefusal({ reasonCode, message }: MqttError): void {
    if (!BAD_CREDENTIALS.includes(reasonCode)) return;
    this.#refusals++;
    this.#warnings.warn({
      code: 'REFUSAL_RETRIED',
      message:
        `${this.url} has accepted these credentials before and refuses them now, ${this.#refusals} times in a row (${message}); ` +
        `the client tries again, and closes after ${MAX_REFUSALS} retries`,
      url: this.url,
      reasonCode,
      refusals: this.#refusals,
    });
  }

  /**
   * Records that a connection was lost, or that an attempt failed.
   *
   * @param clientId - undefined for one that is generated, which no other client has.
   */
  recordLoss(error: MqttError, wasStable: boolean, clientId: string | undefined): void {
    if (!isViolation(error) && (wasStable || !isClose(error))) {
      if (wasStable) this.#repetitions = 0;
      return;
    }
    const repeated = `${error.code} ${error.reasonCode}`;
    this.#repetitions = repeated === this.#repeated ? this.#repetitions + 1 : 1;
    this.#repeated = repeated;
    if (error.code === 'PROTOCOL_ERROR' && error.reasonCode === RECEIVE_MAXIMUM_EXCEEDED)
      this.#receiveMaximumExceeded();
    else if (this.#repetitions > SILENT_REPETITIONS) this.#warnOfRepetition(error, clientId);
  }

  #receiveMaximumExceeded(): void {
    this.#receiveMaximumViolations++;
    if (this.#receiveMaximumViolations !== RECEIVE_MAXIMUM_VIOLATIONS) return;
    this.#warnings.warn({
      code: 'RECEIVE_MAXIMUM_IGNORED',
      message:
        `${this.url} sends more unacknowledged QoS 1 and 2 messages than the Receive Maximum allows, so this client does not ` +
        "announce one to it any more; memory is bounded by the 'buffer' of streams with ack: 'manual', which pauses reading",
      url: this.url,
    });
  }

  #warnOfRepetition(error: MqttError, clientId: string | undefined): void {
    const { url } = this;
    const times = this.#repetitions;
    const words = `times in a row by now: ${error.message}`;
    if (!isClose(error))
      return this.#warnings.warn({
        code: 'VIOLATION_REPEATED',
        message: `${url} breaks the protocol after every reconnect, ${times} ${words}`,
        url,
        violation: error,
        times,
      });
    const contender = clientId === undefined ? '' : `another client may have the client id ${quoted(clientId)}, or `;
    this.#warnings.warn({
      code: 'CLOSE_REPEATED',
      message: `${url} accepts connections and closes them, ${times} ${words}; ${contender}it may not allow what this client does`,
      url,
      times,
    });
  }
}

function isSame(a: Credentials, b: Credentials): boolean {
  return a.username === b.username && String(a.password) === String(b.password);
}
