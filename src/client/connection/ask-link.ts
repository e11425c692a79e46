import type { Link } from '../../transport/link.js';

/**
 * Asks a link, perhaps one of the user's own, for what not every link can do.
 *
 * @param failed - told what the link throws. Default: nobody, where the connection is over anyway.
 */
export function askLink(
  link: Link,
  what: 'pause' | 'resume' | 'end',
  failed: (error: unknown) => void = () => undefined,
): void {
  try {
    link[what]?.();
  } catch (error) {
    failed(error);
  }
}
