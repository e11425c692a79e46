import { type ObservableInput, catchError, defer, of, throwError } from 'rxjs';
import { MqttError } from '../../errors.js';
import { never } from '../../operators/reconnect-strategies.js';
import { standardVerdict } from '../../operators/verdict.js';
import type { AttemptOverrides, ReconnectContext, Verdict } from '../../options/options.js';
import { parseServerReference } from '../../protocol/server-url.js';
import type { ClientContext } from '../client-context.js';
import type { ClientIds } from './client-ids.js';
import type { FailureLog } from './failure-log.js';
import type { ClientOptions } from '../options/resolve-options.js';
import type { ServerList } from './server-list.js';
import type { ServerRecord, ServerRecords } from './server-records.js';
import { quoted } from '../../quoted.js';

type Decision = ObservableInput<AttemptOverrides | void>;
type AtOnce = Exclude<Verdict, 'retry' | 'stop'>;

/** How often something is done at once until a connection has held. */
const bounds: Readonly<Record<AtOnce, number>> = { redirect: 5, refreshOptions: 1, newClientId: 3 };
const verdicts: readonly Verdict[] = ['retry', 'redirect', 'refreshOptions', 'newClientId', 'stop'];

const MOVED = 0x9d;
const TAKEN_OVER = 0x8e;

/** What becomes of the client when a connection is lost or an attempt has failed. Lives with the client. */
export class ReconnectPolicy {
  readonly #options: ClientOptions;
  readonly #failures: FailureLog;
  readonly #servers: ServerList;
  readonly #clientIds: ClientIds;
  readonly #records: ServerRecords;
  readonly #done: Record<AtOnce, number> = { redirect: 0, refreshOptions: 0, newClientId: 0 };
  #lastGood: number | undefined;

  constructor(context: ClientContext, servers: ServerList, clientIds: ClientIds, records: ServerRecords) {
    this.#options = context.options;
    this.#failures = context.failures;
    this.#servers = servers;
    this.#clientIds = clientIds;
    this.#records = records;
  }

  /** As a ReconnectStrategy: the verdict, and what follows from it; the strategy of the options is asked when it is to retry. */
  readonly decide = (loss: ReconnectContext): Decision => {
    const { error, attempt, connectedFor } = loss;
    if (attempt === 1) Object.assign(this.#done, { redirect: 0, refreshOptions: 0, newClientId: 0 });
    const wasStable = this.#wasStable(connectedFor);
    if (wasStable) this.#lastGood = this.#servers.turn;
    this.#servers.ended(connectedFor > 0, wasStable);
    this.#record.lost(error, wasStable);

    const { reconnect } = this.#options;
    const verdict = reconnect === never ? 'stop' : this.#verdict(error);
    switch (verdict) {
      case 'stop':
        return stop(error, this.#causeOfTheEnd(error));
      case 'redirect':
        return this.#redirect(error) ?? this.#ask(loss, verdict);
      case 'refreshOptions':
        if (!this.#freshCredentials) return stop(error);
        if (this.#done.refreshOptions >= bounds.refreshOptions && (!isRefusal(error) || this.#record.acceptedBefore))
          return this.#retry(loss);
        return this.#atOnce(
          'refreshOptions',
          {},
          error,
          `${this.#options.hasPerAttempt ? 'perAttempt' : 'authentication'} was asked again, and its answer is refused, too`,
        );
      case 'newClientId':
        return this.#atOnce(
          'newClientId',
          { newClientId: true },
          error,
          "so were random ones; set the option 'clientId'",
        );
      case 'retry':
        return this.#retry(loss);
    }
  };

  #wasStable(connectedFor: number): boolean {
    return connectedFor > 0 && connectedFor >= this.#options.stableAfter;
  }

  get #record(): ServerRecord {
    return this.#records.of(this.#servers.used.name);
  }

  #retry(loss: ReconnectContext): Decision {
    if (isRefusal(loss.error) && this.#record.acceptedBefore) this.#record.refusalRetried(loss.error);
    return this.#ask(loss, 'retry');
  }

  #verdict(error: MqttError): Verdict {
    const { verdict, hasPerAttempt, renewsRejectedId } = this.#options;
    const remedies = {
      freshOptions: hasPerAttempt,
      freshCredentials: this.#freshCredentials,
      freshClientId: renewsRejectedId || this.#clientIds.isOurs,
      acceptedBefore: this.#record.acceptedBefore,
    };
    const standard = standardVerdict(error, remedies);
    if (verdict === undefined) return standard;
    let chosen: Verdict;
    try {
      chosen = verdict(error, standard);
    } catch (cause) {
      throw new MqttError('OPTIONS_FAILED', "the option 'verdict' threw", {
        phase: 'options',
        subject: 'verdict',
        cause,
      });
    }
    if (verdicts.includes(chosen)) return chosen;
    const words = `the option 'verdict' must return one of ${verdicts.map(each => `'${each}'`).join(', ')}`;
    throw new MqttError('INVALID_ARGUMENT', words, { subject: 'verdict', cause: error });
  }

  get #freshCredentials(): boolean {
    const { hasPerAttempt, hasAuthentication } = this.#options;
    return hasPerAttempt || hasAuthentication || this.#servers.used.options.authentication !== undefined;
  }

  #ask(loss: ReconnectContext, verdict: Verdict): Decision {
    const { names: servers, turn: server } = this.#servers;
    const { reconnect } = this.#options;
    if (!this.#wasStable(loss.connectedFor)) this.#failures.failed();
    return defer(() => reconnect({ ...loss, verdict, servers, server, lastGood: this.#lastGood })).pipe(
      catchError((error: unknown) => throwError(() => (MqttError.is(error) ? error : strategyFailed(error)))),
    );
  }

  /** Undefined: there is nowhere to go, or too many have led nowhere. Then it is the configured server's turn, after the usual wait. */
  #redirect(error: MqttError): Decision | undefined {
    const { serverReference, reasonCode } = error;
    if (serverReference === undefined) return undefined;
    if (this.#done.redirect >= bounds.redirect) {
      this.#done.redirect = 0;
      this.#servers.endDetour();
      return undefined;
    }
    if (!this.#servers.redirect(parseServerReference(serverReference), reasonCode === MOVED)) return undefined;
    this.#done.redirect++;
    return of({ server: 'same' });
  }

  #atOnce(
    what: Exclude<AtOnce, 'redirect'>,
    overrides: AttemptOverrides,
    error: MqttError,
    exhausted: string,
  ): Decision {
    if (this.#done[what] >= bounds[what]) return stop(error, exhausted);
    this.#done[what]++;
    return of({ ...overrides, server: 'same' });
  }

  #causeOfTheEnd({ reasonCode }: MqttError): string | undefined {
    if (reasonCode !== TAKEN_OVER) return undefined;
    return (
      `another client has connected with the same client id ${quoted(this.#clientIds.last)}, usually a second process or browser tab ` +
      "with the same options. Give each its own clientId, or none; with verdict: () => 'retry' the two would disconnect each other forever"
    );
  }
}

const isRefusal = ({ code }: MqttError): boolean => code === 'CONNECTION_REFUSED';
/** The message of the cause is the user's own and may hold a secret: it stays in the cause. */
function strategyFailed(cause: unknown): MqttError {
  const info = { phase: 'options', subject: 'reconnect', cause } as const;
  return new MqttError('OPTIONS_FAILED', "the strategy of the option 'reconnect' threw or errored", info);
}

/** The end, with the error; `because` says more, and stays the same error for programs. */
function stop(error: MqttError, because?: string): Decision {
  if (because === undefined) return throwError(() => error);
  const { code, message, reasonCode, reasonString, phase, subject, serverReference } = error;
  const info = { reasonCode, reasonString, phase, subject, serverReference, cause: error };
  return throwError(() => new MqttError(code, `${message}: ${because}`, info));
}
