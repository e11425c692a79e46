import { type MonoTypeOperatorFunction, Observable } from 'rxjs';
import { MqttError } from '../../errors.js';
import { wordsOf } from '../../quoted.js';

/**
 * Ends a stream when a signal is aborted: it is unsubscribed, and errors with `ABORTED`, whose `cause` is the reason of the signal. If the
 * signal is aborted already, the source is not subscribed. The option `signal` of the methods of a client does the same.
 *
 * @throws MqttError `INVALID_ARGUMENT` if the argument is not an `AbortSignal`.
 */
export function untilAborted<T>(signal: AbortSignal): MonoTypeOperatorFunction<T> {
  assertSignal(signal);
  return source$ => endOnAbort(source$, signal, false);
}

/**
 * Applies `untilAborted()` if the options have a signal.
 *
 * @param isPublished - whether the error says what is known of the delivery of a message: it may have been sent before the abort.
 */
export function abortable<T>(
  source$: Observable<T>,
  options: { readonly signal?: AbortSignal } | undefined,
  isPublished = false,
): Observable<T> {
  const signal = options?.signal;
  return signal === undefined ? source$ : endOnAbort(source$, signal, isPublished);
}

function endOnAbort<T>(source$: Observable<T>, signal: AbortSignal, isPublished: boolean): Observable<T> {
  return new Observable(subscriber => {
    assertSignal(signal);
    if (signal.aborted) return subscriber.error(aborted(signal, isPublished ? 'rejected' : undefined));
    const abort = () => subscriber.error(aborted(signal, isPublished ? 'indeterminate' : undefined));
    signal.addEventListener('abort', abort);
    subscriber.add(() => signal.removeEventListener('abort', abort));
    source$.subscribe(subscriber);
  });
}

function aborted(signal: AbortSignal, delivery: 'rejected' | 'indeterminate' | undefined): MqttError {
  const reason: unknown = signal.reason;
  return new MqttError('ABORTED', `the signal was aborted: ${wordsOf(reason)}`, { cause: reason, delivery });
}

function assertSignal(signal: unknown): asserts signal is AbortSignal {
  const { aborted: flag, addEventListener } = (signal ?? {}) as Partial<AbortSignal>;
  if (typeof flag === 'boolean' && typeof addEventListener === 'function') return;
  const hint =
    (signal as Partial<AbortController> | null)?.signal === undefined ? '' : '; pass the signal of the controller';
  throw new MqttError('INVALID_ARGUMENT', `option 'signal' must be an AbortSignal${hint}`, { subject: 'signal' });
}
