import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

/**
 * What the program says: `p` it runs, `o` its store is open, `s` it is subscribed, `w` the client begins to write a batch, `d` the batch is
 * durable, `t` the transaction of a message has begun, `i` its row is inserted, `c` it is committed, `a` the message is acknowledged, or a row
 * published.
 */
export type Step = 'p' | 'o' | 's' | 'w' | 'd' | 't' | 'i' | 'c' | 'a';

export interface ProgramArguments {
  readonly engine: 'postgres' | 'sqlite';
  readonly recipe: 'inbox' | 'outbox';
  readonly url: string;
  readonly protocolVersion: 4 | 5;
  readonly deliverQos2: 'publish' | 'release';
  /** A path, or the configuration of `pg` as JSON. */
  readonly database: string;
  /** The program kills itself by SIGKILL at this step, when it takes it for the `count`-th time. */
  readonly diesAt?: { readonly step: Step | 'any'; readonly count: number };
}

/** Where a program died: after its last step. */
const places: Readonly<Record<string, string>> = {
  '': 'before it ran',
  p: 'before its store was open',
  o: 'before it was connected',
  s: 'while it waited',
  w: 'in a batch of the client',
  d: 'after a batch of the client',
  t: 'in a transaction, before its row',
  i: 'in a transaction, after its row',
  c: 'between commit and ack',
  a: 'after its message was acknowledged, or its row published',
};

/** The steps where a kill hurts most: with one transaction open, and between it and what follows. */
const windows: Readonly<Record<ProgramArguments['recipe'], readonly Step[]>> = {
  inbox: ['t', 'i', 'c'],
  outbox: ['w', 'd'],
};

/** ms for a program that has nothing to do before the round is over */
const LONGEST_ROUND = 1500;
/** ms for a program to reach a step that it certainly reaches */
const LONGEST_WAY = 20_000;

/** A program in a process of its own, which is killed and started again. */
export class KilledProgram {
  /** How often the program died at which place. */
  readonly deaths: Record<string, number> = {};
  readonly #directory = mkdtempSync(join(tmpdir(), 'program-'));
  readonly #file = join(this.#directory, 'program.cjs');
  readonly #arguments: ProgramArguments;
  readonly #random: () => number;
  #rounds = 0;
  /** ms that the program needs until its store is open */
  #startUp = 300;

  constructor(given: ProgramArguments, random: () => number) {
    this.#arguments = given;
    this.#random = random;
  }

  /** Bundles the program, because the compiler would take most of the time of each round. */
  async prepare(): Promise<void> {
    await build({
      entryPoints: ['test/store/recipes/exactly-once/program.ts'],
      outfile: this.#file,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      conditions: ['rxjs-mqtt-source'],
      external: ['libsql', 'pg-native'],
      logLevel: 'error',
    });
  }

  /** Runs the program and kills it at a random moment. Four kinds of moments take turns, so that each run has all of them. */
  async runAndKill(): Promise<void> {
    const round = this.#rounds++;
    const count = 1 + Math.floor(this.#random() * 40);
    const delay = this.#random();
    const steps = windows[this.#arguments.recipe];
    // at a random time from its start on
    if (round % 4 === 0) await this.#run({ killAfter: delay * 2 * this.#startUp });
    // shortly after a step, as this process learns of it
    else if (round % 4 === 1) await this.#run({ killAtStep: count, killAfter: delay * 3 });
    // exactly at a step
    else if (round % 4 === 2) await this.#run({ diesAt: { step: 'any', count } });
    // inside of a transaction, or right after it
    else await this.#run({ diesAt: { step: steps[(round >> 2) % steps.length]!, count: Math.ceil(count / 10) } });
  }

  /** Runs the program until a promise resolves, and then kills it. */
  async runUntil(done: (steps: () => string) => Promise<unknown>): Promise<void> {
    await this.#run({ done });
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true });
  }

  async #run({
    killAfter,
    killAtStep,
    diesAt,
    done,
  }: {
    killAfter?: number;
    killAtStep?: number;
    diesAt?: ProgramArguments['diesAt'];
    done?: (steps: () => string) => Promise<unknown>;
  }): Promise<void> {
    const given: ProgramArguments = { ...this.#arguments, ...(diesAt === undefined ? {} : { diesAt }) };
    const started = performance.now();
    const child = spawn(process.execPath, [this.#file, JSON.stringify(given)], {
      env: { ...process.env, NODE_PATH: resolve('node_modules') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const kill = () => void child.kill('SIGKILL');
    process.once('exit', kill);
    let said = '';
    let problem = '';
    const isCertain = diesAt !== undefined && diesAt.step !== 'any';
    const longest = isCertain ? LONGEST_WAY : LONGEST_ROUND;
    let timer = done ? undefined : setTimeout(kill, killAtStep === undefined ? (killAfter ?? longest) : longest);
    child.stderr.on('data', chunk => (problem += String(chunk)));
    child.stdout.on('data', chunk => {
      if (!said.includes('o') && String(chunk).includes('o')) this.#startUp = performance.now() - started;
      const before = said.length;
      said += String(chunk);
      if (killAtStep === undefined || before >= killAtStep || said.length < killAtStep) return;
      clearTimeout(timer);
      timer = setTimeout(kill, killAfter);
    });
    const closed = once(child, 'close') as Promise<[number | null, string | null]>;
    if (done) void done(() => said).then(kill, kill);
    const [code, signal] = await closed;
    clearTimeout(timer);
    process.off('exit', kill);
    if (signal !== 'SIGKILL' || problem !== '')
      throw new Error(`The program ended with ${code}, ${signal}: ${problem}`);
    const place = places[said.slice(-1)]!;
    this.deaths[place] = (this.deaths[place] ?? 0) + 1;
  }
}

/** The size of a run: small, or as `EXACTLY_ONCE=200` says that the program is killed 200 times, with ten messages each time. */
export function sizeOfRun(): { kills: number; messages: number } {
  const kills = Number(process.env.EXACTLY_ONCE ?? 12);
  if (!(kills >= 12)) throw new Error('EXACTLY_ONCE is at least 12, so that each place is hit');
  return { kills, messages: 10 * kills };
}
