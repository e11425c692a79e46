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
import { type AttemptOptions, type ClientOptions, attemptOptions } from '../options/resolve-options.js';
import { type CredentialSources, credentialSources } from './refused-credentials.js';
import type { Server } from '../options/server.js';
import { validateAttemptOptions } from '../options/validate-options.js';

export interface SourcedOptions extends AttemptOptions {
  /** Connect to this server instead. */
  readonly url?: string;
  readonly credentialSources: CredentialSources;
}

/** The options of the next attempt: the client's, with the server's own on top, and what `perAttempt` says now on top of both. */
export function optionsFor(
  options: MqttOptions,
  { options: own, username, name }: Server,
  index: number,
  client: Pick<ClientOptions, 'optionsTimeout' | 'scheduler'>,
): Observable<SourcedOptions> {
  const { perAttempt } = options;
  const base = { ...options, ...own };
  const sourced = (now?: PerAttemptOptions) => ({
    ...attemptOptions({ ...base, ...now }),
    credentialSources: credentialSources([
      ["'perAttempt'", now],
      ['the options of the server', own],
      ['the options', options],
    ]),
  });
  if (perAttempt === undefined) return of(sourced());
  return defer(() => from(perAttempt({ url: name, index }))).pipe(
    inTime(client),
    map(answer => {
      const { url, ...now } = validateAttemptOptions(answer, base, username !== undefined || hasUrl(answer));
      return { ...sourced(now), ...(url === undefined ? {} : { url }) };
    }),
  );
}

/** The first answer, or `OPTIONS_FAILED`. */
function inTime<T>({
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

/** Its credentials may be in it. */
const hasUrl = (answer: PerAttemptOptions | undefined): boolean => answer?.url !== undefined;

function optionsFailed(ms: number, cause: unknown): MqttError {
  // the message of the cause is the user's own and may hold a token: it stays in the cause
  return new MqttError('OPTIONS_FAILED', `perAttempt failed, or gave no options within ${ms} ms`, {
    phase: 'options',
    subject: 'perAttempt',
    cause,
    retryable: true,
  });
}
