import {
  type Observable,
  type OperatorFunction,
  catchError,
  defer,
  from,
  map,
  take,
  throwError,
  throwIfEmpty,
  timeout,
} from 'rxjs';
import { MqttError } from '../../errors.js';
import type { MqttOptions, PerAttemptOptions } from '../../options/options.js';
import { type AttemptOptions, type ClientOptions, resolveAttemptOptions } from '../options/resolve-options.js';
import type { OptionLayers } from './servers/refused-credentials.js';
import type { Server } from '../options/server.js';
import { validateAttemptOptions } from '../options/validate-options.js';

export interface SourcedOptions {
  readonly options: AttemptOptions;
  /** The server that `perAttempt` names instead. */
  readonly url?: string;
  readonly layers: OptionLayers;
}

/** Returns the options of an attempt: those of the client, overridden by those of the server, overridden by those from `perAttempt`. */
export function sourcedOptions(client: MqttOptions, server: Server, perAttempt?: PerAttemptOptions): SourcedOptions {
  return {
    options: resolveAttemptOptions({ ...client, ...server.options, ...perAttempt }),
    layers: { perAttempt, server: server.options, client },
  };
}

/** Asks `perAttempt` and emits the options of the next attempt. */
export function askPerAttempt(
  perAttempt: NonNullable<MqttOptions['perAttempt']>,
  options: MqttOptions,
  server: Server,
  index: number,
  client: Pick<ClientOptions, 'optionsTimeout' | 'scheduler'>,
): Observable<SourcedOptions> {
  return defer(() => from(perAttempt({ url: server.name, index }))).pipe(
    firstInTime(client),
    map(answer => {
      // a URL of the answer may hold the user name
      const mayHaveUsername = server.username !== undefined || answer?.url !== undefined;
      const base = { ...options, ...server.options };
      const { url, ...perAttemptOptions } = validateAttemptOptions(answer, base, mayHaveUsername);
      return { ...sourcedOptions(options, server, perAttemptOptions), ...(url === undefined ? {} : { url }) };
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
