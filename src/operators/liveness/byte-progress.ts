/** Counts the bytes of a connection since it began. */
export interface ByteProgress {
  /** Bytes that the client wrote. */
  readonly written: number;
  /** Bytes of `written` that the link no longer holds, as far as it reports them. */
  readonly left: number;
  /** The value of `left` when bytes last arrived. */
  readonly leftAtRead: number;
  /** Bytes that arrived. */
  readonly received: number;
  /** Bytes of `received` that are not in a complete packet yet. */
  readonly unread: number;
}

/** bytes/s: the lowest rate at which data is expected to cross the network after it has left this process. */
const MINIMAL_RATE = 16 * 1024;
/** Bytes that the buffers of the operating system usually hold at most. */
const SYSTEM_BUFFERS = 4 * 1024 * 1024;

/**
 * Returns how many ms the bytes up to `position` may still be in transit after they have left this process. No platform reports what
 * its own buffers hold, and on a slow link they accept megabytes at once. So each 16 KiB that left since bytes last arrived count as one
 * second.
 */
export function transitTime({ left, leftAtRead }: ByteProgress, position: number): number {
  const bytes = Math.min(Math.min(left, position) - leftAtRead, SYSTEM_BUFFERS);
  return bytes < MINIMAL_RATE ? 0 : Math.floor(bytes / MINIMAL_RATE) * 1000;
}
