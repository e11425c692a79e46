import { type Settings, World } from './world.js';

interface Event {
  readonly can: (world: World) => boolean;
  readonly happen: (world: World) => void;
}

const always = () => true;
const unanswered = ({ link }: World) => link !== undefined && link.greeted && link.answered === undefined && !link.lost;

/** What users, brokers and browsers do to a client. */
export const events = {
  connect: { can: always, happen: world => world.call('connect') },
  reconnect: { can: always, happen: world => world.call('reconnect') },
  disconnect: { can: always, happen: world => world.call('disconnect') },
  close: { can: always, happen: world => world.client.close() },
  reauthenticate: { can: always, happen: world => world.call('reauthenticate') },
  'link lost': { can: ({ link }) => link !== undefined && !link.lost, happen: world => world.cut() },
  CONNACK: { can: unanswered, happen: world => world.answer('accepted') },
  refusal: { can: unanswered, happen: world => world.answer('busy') },
  'refusal for good': { can: unanswered, happen: world => world.answer('banned') },
  pagehide: { can: always, happen: world => world.signal('pagehide') },
  pageshow: { can: always, happen: world => world.signal('pageshow') },
} satisfies Record<string, Event>;

export type EventName = keyof typeof events;

const names = Object.keys(events) as EventName[];

/** ms: everything that the client of the model waits for is over. */
const LONG = 500;

export interface Search {
  readonly settings: Settings;
  /** ms from one event to the next; undefined: they are in one turn. */
  readonly pause: number | undefined;
  /** How many events. */
  readonly depth: number;
  /** How many events of every sequence are run whatever came before: only longer ones are left out where they lead to a known world. */
  readonly whole: number;
}

export interface Found {
  /** How many sequences were run. */
  readonly run: number;
  /** How many worlds that differ were met. */
  readonly worlds: number;
  readonly problems: readonly string[];
}

/**
 * Every sequence of events up to a length. Where two sequences with the same last event lead to worlds that look the same, only one
 * of them is continued. From each world that is new there must be a way out, and a way on.
 */
export function search({ settings, pause, depth, whole }: Search): Found {
  const problems: string[] = [];
  const known = new Set<string>();
  let run = 0;
  let frontier: EventName[][] = [[]];
  for (let length = 1; length <= depth; length++) {
    const next: EventName[][] = [];
    for (const path of frontier) {
      for (const name of names) {
        const world = replay(path, settings, pause);
        const sequence = [...path, name];
        if (!events[name].can(world)) continue;
        run++;
        step(world, name, pause);
        const fingerprint = `${name} ${world.fingerprint}`;
        if (length <= whole || !known.has(fingerprint)) {
          known.add(fingerprint);
          next.push(sequence);
          wayOut(world);
          const other = replay(sequence, settings, pause);
          wayOn(other);
          report(problems, [...sequence, 'and on'], other);
        }
        report(problems, sequence, world);
      }
    }
    frontier = next;
  }
  return { run, worlds: known.size, problems };
}

/** User and page from inside: each event of the sequence happens in the emission of the next state, in the middle of everything. */
export function inside(settings: Settings, sequence: readonly EventName[]): readonly string[] {
  const world = new World({ ...settings, accepting: true });
  const left = [...sequence];
  world.onState = () => {
    const name = left.shift();
    if (name !== undefined) events[name].happen(world);
  };
  step(world, 'connect', 0);
  // where no state is to come, the next event happens in the open
  for (let name = left.shift(); name !== undefined; name = left.shift()) step(world, name, 0);
  world.pass(LONG);
  world.rewatch();
  world.check();
  const problems: string[] = [];
  wayOut(world);
  report(problems, sequence, world);
  return problems;
}

/** Every sequence of up to so many of these. */
export function* sequences(from: readonly EventName[], depth: number): Generator<EventName[]> {
  if (depth === 0) return;
  for (const name of from) {
    yield [name];
    for (const rest of sequences(from, depth - 1)) yield [name, ...rest];
  }
}

function replay(path: readonly EventName[], settings: Settings, pause: number | undefined): World {
  const world = new World(settings);
  for (const name of path) step(world, name, pause);
  return world;
}

function step(world: World, name: EventName, pause: number | undefined): void {
  events[name].happen(world);
  world.pass(pause);
  world.rewatch();
  world.check();
}

/** disconnect() closes the client in bounded time, and everybody hears of it. */
function wayOut(world: World): void {
  world.call('disconnect');
  world.pass(LONG);
  // a connect() that waited for an earlier disconnect() opens the client once more
  if (world.status !== 'closed') {
    world.call('disconnect');
    world.pass(LONG);
  }
  if (world.status !== 'closed') world.problems.push(`disconnect() leaves the client ${world.status}`);
  world.check();
}

/** A client that is wanted and shown gets to a broker that accepts it. */
function wayOn(world: World): void {
  world.signal('pageshow');
  world.call('connect');
  for (let i = 0; i < 20; i++) {
    world.pass(LONG / 20);
    if (events.CONNACK.can(world)) world.answer('accepted');
    if (world.link?.left) world.cut();
    if (world.status === 'closed') world.call('connect');
  }
  world.rewatch();
  world.check();
  if (world.status !== 'connected') world.problems.push(`stays ${world.status}, though the broker accepts`);
}

function report(problems: string[], sequence: readonly string[], world: World): void {
  world.dispose();
  for (const problem of world.problems)
    problems.push(`${sequence.join(', ')}: ${problem} (${world.statuses.join(', ')})`);
}
