import { type ObservableInput, catchError, defer, of, throwError } from 'rxjs';
import { MqttError, reworded } from '../../errors.js';
import { never } from '../../operators/reconnect/strategies.js';
import { standardVerdict } from '../../operators/reconnect/verdict.js';
import type { AttemptOverrides, ReconnectContext, Verdict } from '../../options/options.js';
import { parseServerReference } from '../../protocol/server-url.js';
import type { ClientContext } from '../client-context.js';
import type { ClientIds } from './client-ids.js';
import type { FailureLog } from './failure-log.js';
import type { ClientOptions } from '../options/resolve-options.js';
import type { ServerList } from './servers/server-list.js';
import type { ServerRecord, ServerRecords } from './servers/server-records.js';
import { quoted } from '../../quoted.js';

type Decision = ObservableInput<AttemptOverrides | void>;
/** The verdicts after which the next attempt is made immediately, without the strategy. */
type ImmediateVerdict = Exclude<Verdict, 'retry' | 'stop'>;

/** How many immediate attempts there are of each kind until a connection was stable. */
const MAX_IMMEDIATE: Readonly<Record<ImmediateVerdict, number>> = { redirect: 5, refreshOptions: 1, newClientId: 3 };
const verdicts: readonly Verdict[] = ['retry', 'redirect', 'refreshOptions', 'newClientId', 'stop'];

const MOVED = 0x9d;
const TAKEN_OVER = 0x8e;

/** Decides what follows when a connection is lost or an attempt has failed. Lives with the client. */
export class ReconnectPolicy {
  readonly #options: ClientOptions;
  readonly #failures: FailureLog;
  readonly #servers: ServerList;
  readonly #clientIds: ClientIds;
  readonly #records: ServerRecords;
  readonly #immediate: Record<ImmediateVerdict, number> = { redirect: 0, refreshOptions: 0, newClientId: 0 };
  #lastStable: number | undefined;

  constructor(context: ClientContext, servers: ServerList, clientIds: ClientIds, records: ServerRecords) {
    this.#options = context.options;
    this.#failures = context.failures;
    this.#servers = servers;
    this.#clientIds = clientIds;
    this.#records = records;
  }

  /** Is the ReconnectStrategy of the client: it follows the verdict, and calls the strategy of the options for a retry. */
  decide(loss: ReconnectContext): Decision {
    const { error, attempt, connectedFor } = loss;
    if (attempt === 1) Object.assign(this.#immediate, { redirect: 0, refreshOptions: 0, newClientId: 0 });
    const wasStable = this.#wasStable(connectedFor);
    if (wasStable) this.#lastStable = this.#servers.index;
    this.#servers.recordEnd(connectedFor > 0, wasStable);
    this.#record.recordLoss(error, wasStable, this.#clientIds.isGenerated ? undefined : this.#clientIds.last);

    const { reconnect } = this.#options;
    const verdict = reconnect === never ? 'stop' : this.#verdictOf(error);
    switch (verdict) {
      case 'stop':
        return stop(error, this.#explainStop(error));
      case 'redirect':
        return this.#redirect(error) ?? this.#askStrategy(loss, verdict);
      case 'refreshOptions':
        if (!this.#hasFreshCredentials) return stop(error);
        if (
          this.#immediate.refreshOptions >= MAX_IMMEDIATE.refreshOptions &&
          (!isRefusal(error) || this.#record.acceptedBefore)
        )
          return this.#retry(loss);
        return this.#retryImmediately(
          'refreshOptions',
          {},
          error,
          `option '${this.#options.hasPerAttempt ? 'perAttempt' : 'authentication'}' was called again, and the broker refuses its new answer, too`,
        );
      case 'newClientId':
        return this.#retryImmediately(
          'newClientId',
          { newClientId: true },
          error,
          "the broker refused random client ids, too; set option 'clientId'",
        );
      case 'retry':
        return this.#retry(loss);
    }
  }

  #wasStable(connectedFor: number): boolean {
    return connectedFor > 0 && connectedFor >= this.#options.stableAfter;
  }

  get #record(): ServerRecord {
    return this.#records.of(this.#servers.lastUsed.name);
  }

  #retry(loss: ReconnectContext): Decision {
    if (isRefusal(loss.error) && this.#record.acceptedBefore) this.#record.recordRetriedRefusal(loss.error);
    return this.#askStrategy(loss, 'retry');
  }

  #verdictOf(error: MqttError): Verdict {
    const { verdict, hasPerAttempt, renewsRejectedId } = this.#options;
    const remedies = {
      freshOptions: hasPerAttempt,
      freshCredentials: this.#hasFreshCredentials,
      freshClientId: renewsRejectedId || this.#clientIds.isGenerated,
      acceptedBefore: this.#record.acceptedBefore,
    };
    const standard = standardVerdict(error, remedies);
    if (verdict === undefined) return standard;
    let chosen: Verdict;
    try {
      chosen = verdict(error, standard);
    } catch (cause) {
      throw new MqttError('OPTIONS_FAILED', "option 'verdict' threw", {
        phase: 'options',
        subject: 'verdict',
        cause,
      });
    }
    if (verdicts.includes(chosen)) return chosen;
    const message = `option 'verdict' must return one of ${verdicts.map(each => `'${each}'`).join(', ')}`;
    throw new MqttError('INVALID_ARGUMENT', message, { subject: 'verdict', cause: error });
  }

  get #hasFreshCredentials(): boolean {
    const { hasPerAttempt, hasAuthentication } = this.#options;
    return hasPerAttempt || hasAuthentication || this.#servers.lastUsed.options.authentication !== undefined;
  }

  #askStrategy(loss: ReconnectContext, verdict: Verdict): Decision {
    const { names: servers, index: server } = this.#servers;
    const { reconnect } = this.#options;
    if (!this.#wasStable(loss.connectedFor)) this.#failures.markFailed();
    return defer(() => reconnect({ ...loss, verdict, servers, server, lastGood: this.#lastStable })).pipe(
      catchError((error: unknown) => throwError(() => (MqttError.is(error) ? error : strategyFailed(error)))),
    );
  }

  /**
   * Redirects to the servers that the error names. Returns undefined if it names none that may be followed, or after too many redirects:
   * the strategy then decides when to try the configured server.
   */
  #redirect(error: MqttError): Decision | undefined {
    const { serverReference, reasonCode } = error;
    if (serverReference === undefined) return undefined;
    if (this.#immediate.redirect >= MAX_IMMEDIATE.redirect) {
      this.#immediate.redirect = 0;
      this.#servers.returnToList();
      return undefined;
    }
    if (!this.#servers.redirect(parseServerReference(serverReference), reasonCode === MOVED)) return undefined;
    this.#immediate.redirect++;
    return of({ server: 'same' });
  }

  #retryImmediately(
    verdict: Exclude<ImmediateVerdict, 'redirect'>,
    overrides: AttemptOverrides,
    error: MqttError,
    exhausted: string,
  ): Decision {
    if (this.#immediate[verdict] >= MAX_IMMEDIATE[verdict]) return stop(error, exhausted);
    this.#immediate[verdict]++;
    return of({ ...overrides, server: 'same' });
  }

  #explainStop({ reasonCode }: MqttError): string | undefined {
    if (reasonCode !== TAKEN_OVER) return undefined;
    return (
      `another client has connected with the same client id ${quoted(this.#clientIds.last)}, usually a second process or browser tab ` +
      "with the same options; give each its own 'clientId', or none, because with the 'verdict' 'retry' the two would disconnect each " +
      'other forever'
    );
  }
}

const isRefusal = ({ code }: MqttError): boolean => code === 'CONNECTION_REFUSED';

/** Wraps what the strategy threw. Its message is not repeated, because it may hold a secret of the user. */
function strategyFailed(cause: unknown): MqttError {
  const info = { phase: 'options', subject: 'reconnect', cause } as const;
  return new MqttError('OPTIONS_FAILED', "the strategy of option 'reconnect' threw or errored", info);
}

/** Ends the client with the error. `because` extends its message. */
function stop(error: MqttError, because?: string): Decision {
  if (because === undefined) return throwError(() => error);
  return throwError(() => reworded(error, `${error.message}: ${because}`, { retryable: false, cause: error }));
}
