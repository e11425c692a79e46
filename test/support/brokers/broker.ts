/** A broker that runs for a test, on loopback. */
export interface RunningBroker {
  /** Ports of its listeners. */
  readonly tcp: number;
  readonly ws?: number;
  /** What it said so far. */
  log(): string;
  /** Ends it for good, and removes what it wrote. */
  stop(): Promise<void>;
}

/** A broker that may be installed. */
export interface BrokerKind {
  readonly name: string;
  /** What there is to say when it is not installed. */
  readonly missing: string;
  isInstalled(): boolean;
  /** In bounded time; what does not come up is an error with its log. */
  start(): Promise<RunningBroker>;
}

/** A suite that needs a broker; without it one pending line, which under `required` is a failure. */
export function describeWith(
  kind: Pick<BrokerKind, 'missing' | 'isInstalled'>,
  title: string,
  body: () => void,
  required = false,
): void {
  describe(title, () => {
    if (kind.isInstalled()) body();
    else if (!required) it(kind.missing);
    else {
      it('has the broker that it needs', () => {
        throw new Error(kind.missing);
      });
    }
  });
}
