import {
  type Observable,
  type OperatorFunction,
  catchError,
  defer,
  from,
  map,
  of,
  take,
  throwError,
  throwIfEmpty,
  timeout,
} from 'rxjs';
import { MqttError } from '../../errors.js';
import type { MqttOptions, PerAttemptOptions } from '../../options/options.js';
import { type AttemptOptions, type ClientOptions, resolveAttemptOptions } from '../options/resolve-options.js';
import { type CredentialSources, credentialSources } from './servers/refused-credentials.js';
import type { Server } from '../options/server.js';
import { validateAttemptOptions } from '../options/validate-options.js';

export interface SourcedOptions {
  readonly options: AttemptOptions;
  /** The server that `perAttempt` names instead. */
  readonly url?: string;
  readonly credentialSources: CredentialSources;
}

/** Emits the options of the next attempt: those of the client, overridden by those of the server, overridden by `perAttempt`. */
export function optionsFor(
  options: MqttOptions,
  { options: serverOptions, username, name }: Server,
  index: number,
  client: Pick<ClientOptions, 'optionsTimeout' | 'scheduler'>,
): Observable<SourcedOptions> {
  const { perAttempt } = options;
  const base = { ...options, ...serverOptions };
  const withSources = (perAttemptOptions?: PerAttemptOptions): SourcedOptions => ({
    options: resolveAttemptOptions(perAttemptOptions === undefined ? base : { ...base, ...perAttemptOptions }),
    credentialSources: credentialSources([
      ["'perAttempt'", perAttemptOptions],
      ['the options of the server', serverOptions],
      ['the options', options],
    ]),
  });
  if (perAttempt === undefined) return of(withSources());
  return defer(() => from(perAttempt({ url: name, index }))).pipe(
    firstInTime(client),
    map(answer => {
      // a URL of the answer may hold the user name
      const mayHaveUsername = username !== undefined || answer?.url !== undefined;
      const { url, ...perAttemptOptions } = validateAttemptOptions(answer, base, mayHaveUsername);
      return { ...withSources(perAttemptOptions), ...(url === undefined ? {} : { url }) };
    }),
  );
}

/** Emits the first answer within `optionsTimeout`, or errors with `OPTIONS_FAILED`. */
function firstInTime<T>({
  optionsTimeout,
  scheduler,
}: Pick<ClientOptions, 'optionsTimeout' | 'scheduler'>): OperatorFunction<T, T> {
  return answer$ =>
    answer$.pipe(
      take(1),
      throwIfEmpty(),
      timeout({ first: optionsTimeout, scheduler }),
      catchError((cause: unknown) => throwError(() => optionsFailed(optionsTimeout, cause))),
    );
}

function optionsFailed(ms: number, cause: unknown): MqttError {
  // the message of the cause is not repeated here, because it may hold a token of the user
  return new MqttError('OPTIONS_FAILED', `option 'perAttempt' failed, or gave no options within ${ms} ms`, {
    phase: 'options',
    subject: 'perAttempt',
    cause,
    retryable: true,
  });
}
