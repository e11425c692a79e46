/** How far the bytes of a connection have come. Each figure counts bytes since the connection began. */
export interface ByteProgress {
  /** Put out by the client. */
  readonly written: number;
  /** Of `written`, taken by the network, as far as the link tells. */
  readonly left: number;
  /** What `left` was when a byte last came in. */
  readonly leftAtRead: number;
  /** Came in. */
  readonly received: number;
  /** Of `received`, not in a complete packet yet. */
  readonly unread: number;
}

/** Of a link that tells nothing: what is written has left at once, and what comes is complete. */
export const noProgress: ByteProgress = Object.freeze({ written: 0, left: 0, leftAtRead: 0, received: 0, unread: 0 });

/** bytes/s at which data that has left this process is expected to cross the network at the least. */
const MINIMAL_RATE = 16 * 1024;
/** Bytes that the buffers of the operating system hold as a rule, at the most. */
const SYSTEM_BUFFERS = 4 * 1024 * 1024;

/**
 * ms that the bytes up to `position` may still be under way after they have left. No platform tells how much its own buffers hold
 * back, and on a slow link they take megabytes at once: so each 16 KiB that left since the peer was last heard count for a second.
 */
export function transitTime({ left, leftAtRead }: ByteProgress, position: number): number {
  const bytes = Math.min(Math.min(left, position) - leftAtRead, SYSTEM_BUFFERS);
  return bytes < MINIMAL_RATE ? 0 : Math.floor(bytes / MINIMAL_RATE) * 1000;
}
