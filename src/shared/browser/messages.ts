/** A tab introduces itself: the other side watches its lock. */
export interface Hello {
  readonly rxjsMqtt: 'hello';
  /** The Web Lock that the tab holds as long as the port. Its name also names the port. */
  readonly tab: string;
}

/** The host answers a {@link Hello}. */
export interface Welcome {
  readonly rxjsMqtt: 'welcome';
  /** The Web Lock of the tab that is welcome. */
  readonly tab: string;
  /** The Web Lock that the host holds for its life. */
  readonly host: string;
}

/** A tab has become the leader: it is the host from now on. */
export interface Leading {
  readonly rxjsMqtt: 'leading';
  /** The Web Lock that the host holds for its life. */
  readonly host: string;
}

/** The sender closes the port. */
export interface Close {
  readonly rxjsMqtt: 'close';
}

/** What tabs and hosts say to each other before and after the data of a port. */
export type TabMessage = Hello | Welcome | Leading | Close;

/** Returns the message if this is one, and not the data of a port or of somebody else who uses the channel. */
export function tabMessageOf(data: unknown): TabMessage | undefined {
  const message = data as Partial<TabMessage> | null | undefined;
  return typeof message === 'object' && message !== null && 'rxjsMqtt' in message ? (message as TabMessage) : undefined;
}
