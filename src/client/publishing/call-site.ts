import { type Observable, catchError, throwError } from 'rxjs';
import { MqttError } from '../../errors.js';

/** Of V8: fills in `stack`, from the caller of `below` on. */
type Capture = (target: object, below: (...args: never[]) => unknown) => void;

/** Lines before that of the caller: a heading (V8) or this function, then the method of the client. */
const OURS = 2;

/** To be called by a method of the client: errors of the stream show who called that, of whom the stack of an answer has nothing left. */
export function withCallSite<T>(source$: Observable<T>): Observable<T> {
  const { captureStackTrace } = Error as { captureStackTrace?: Capture };
  let site: { stack?: string } = {};
  if (captureStackTrace) captureStackTrace(site, withCallSite);
  else site = new Error();
  return source$.pipe(
    catchError((error: unknown) => {
      if (MqttError.is(error)) error.stack = [error.stack, 'Published at', ...frames(site)].join('\n');
      return throwError(() => error);
    }),
  );
}

const frames = ({ stack = '' }: { stack?: string }): string[] => stack.split('\n').slice(OURS);
