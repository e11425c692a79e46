import { type Observable, catchError, throwError } from 'rxjs';
import { MqttError } from '../../errors.js';

/** A function of V8 that sets `stack`, beginning with the caller of `calledFunction`. */
type CaptureStackTrace = (target: object, calledFunction: (...args: never[]) => unknown) => void;

/** The lines before the caller: a heading (V8) or this function, and then the method of the client. */
const OWN_LINES = 2;

/**
 * Appends to the stack of the errors of a stream where the method of the client was called, because their own stack starts at the
 * packet that caused them. Must be called by that method directly.
 */
export function withCallSite<T>(source$: Observable<T>): Observable<T> {
  const { captureStackTrace } = Error as { captureStackTrace?: CaptureStackTrace };
  let callSite: { stack?: string } = {};
  if (captureStackTrace) captureStackTrace(callSite, withCallSite);
  else callSite = new Error();
  return source$.pipe(
    catchError((error: unknown) => {
      if (MqttError.is(error)) error.stack = [error.stack, 'Published at', ...callerLines(callSite)].join('\n');
      return throwError(() => error);
    }),
  );
}

const callerLines = ({ stack = '' }: { stack?: string }): string[] => stack.split('\n').slice(OWN_LINES);
