import { noop } from 'rxjs';
import type { Link } from '../../transport/link.js';

/**
 * Calls a method that not every link has. A link may be one of the user's own, so that it may also throw.
 *
 * @param onError - called with what the link throws. By default it is ignored, for calls at the end of a connection.
 */
export function callLink(
  link: Link,
  method: 'pause' | 'resume' | 'end',
  onError: (error: unknown) => void = noop,
): void {
  try {
    link[method]?.();
  } catch (error) {
    onError(error);
  }
}
