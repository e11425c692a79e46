/** How many of each kind keep the process alive: TCPSocketWrap, TCPServerWrap, TLSWrap, Timeout, ProcessWrap, ... */
type Resources = ReadonlyMap<string, number>;

/** A suite each of whose tests must leave no socket, server, timer or process more than it found, its own hooks included. */
export function describeWithoutLeaks(title: string, body: () => void): void {
  describe(title, () => {
    let before: Resources;
    beforeEach('look for leaks', async () => {
      before = await activeResources();
    });
    body();
    afterEach('look for leaks', () => expectNoMoreThan(before));
  });
}

/** After a turn, because Mocha starts the timer of a test or hook only when that has given its promise. */
export async function activeResources(): Promise<Resources> {
  await turn();
  return countResources();
}

function countResources(): Resources {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** Waits, for bounded time, until there are no more resources than `before`: sockets need some turns to close. */
export async function expectNoMoreThan(before: Resources, patience = 1_000): Promise<void> {
  const giveUp = Date.now() + patience;
  while (leaks(before).length > 0) {
    if (Date.now() > giveUp) throw new Error(`still open after the test: ${leaks(before).join(', ')}`);
    await turn();
  }
}

function leaks(before: Resources): string[] {
  return [...countResources()]
    .filter(([kind, count]) => kind !== 'Immediate' && count > (before.get(kind) ?? 0))
    .map(([kind, count]) => `${count - (before.get(kind) ?? 0)} ${kind}`);
}

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
