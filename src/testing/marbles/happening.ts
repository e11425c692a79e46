/** One thing on a time line. */
export interface TimelineEvent {
  /** ms of virtual time */
  readonly frame: number;
  /** `|`, `#`, `^`, `!`, or the letter it shall have where that is free; '' for any. */
  readonly sign: string;
  /** What it is; things with the same words have the same letter. */
  readonly words: string;
}
