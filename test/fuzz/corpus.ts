import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProtocolVersion } from '../../src/packets.js';
import { type Random, mutate, reduce, seeded } from './mutate.js';

/** What a server may send: one frame or a stream of them. `v5-refused-publish-qos-3` says for which version, and what it is. */
export interface Entry {
  readonly name: string;
  readonly version: ProtocolVersion;
  readonly bytes: Uint8Array;
}

const folder = join(import.meta.dirname, 'corpus');

export const corpus: readonly Entry[] = readdirSync(folder)
  .filter(file => file.endsWith('.hex'))
  .sort()
  .map(file => {
    const hex = readFileSync(join(folder, file), 'utf8').replace(/#.*|\s/g, '');
    return { name: file.slice(0, -4), version: Number(file[1]) as ProtocolVersion, bytes: Buffer.from(hex, 'hex') };
  })
  .map(entry => ({ ...entry, bytes: Uint8Array.from(entry.bytes) }));

/** Throws when something is wrong with what becomes of `bytes`. */
export type Check = (version: ProtocolVersion, bytes: Uint8Array, random: Random) => void;

/** `FUZZ_SECONDS` replaces the usual number of rounds; it begins with the seed `FUZZ_SEED`, or one that nobody chose. */
const seconds = Number(process.env.FUZZ_SECONDS ?? 0);
const firstSeed = Number(process.env.FUZZ_SEED ?? (seconds > 0 ? Date.now() % 2 ** 31 : 1));

/** How long a test of `share` of the time may run, in ms. */
export const patience = (share: number): number => 30_000 + seconds * share * 1000;

/** What waits for the end of the turn is kept till then. */
export const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** Holds `check` to the corpus and then, `rounds` times, to a mutation of each entry of it. Returns how many inputs that were. */
export async function fuzz(what: string, rounds: number, share: number, check: Check): Promise<number> {
  const until = performance.now() + seconds * share * 1000;
  let tried = 0;
  for (const entry of corpus) attempt(what, entry.version, entry.bytes, 0, entry.name, check);
  for (let round = 0; seconds > 0 ? performance.now() < until : round < rounds; round++) {
    const seed = firstSeed + round;
    for (const [index, { name, version, bytes }] of corpus.entries()) {
      const random = seeded(seed * 4093 + index);
      const lenders = corpus.filter(entry => entry.version === version);
      const other = lenders[Math.floor(random() * lenders.length)]!;
      attempt(what, version, mutate(bytes, other.bytes, random), seed, name, check);
      tried++;
    }
    await turn();
  }
  if (rounds > 0) report(what, tried);
  return tried;
}

function report(what: string, tried: number): void {
  if (seconds > 0)
    console.log(`      ${what}: ${corpus.length} entries and ${tried} mutations of them, from seed ${firstSeed}`);
}

function attempt(what: string, version: ProtocolVersion, bytes: Uint8Array, seed: number, name: string, check: Check) {
  const run = (input: Uint8Array) => check(version, input, seeded(seed));
  try {
    run(bytes);
  } catch (error) {
    const smallest = reduce(bytes, less => failure(() => run(less)) !== undefined);
    const hex = Buffer.from(smallest).toString('hex');
    const reason = String(failure(() => run(smallest)) ?? error);
    const kept = seed > 0 && seconds > 0 ? keep(what, version, hex, seed, reason) : '';
    const how = `${what}, version ${version}, FUZZ_SEED=${seed}, from ${name}: ${hex}`;
    throw new Error(`${how}${kept}\n${reason}`, { cause: error });
  }
}

function failure(run: () => void): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error ?? new Error('nothing was thrown');
  }
}

function keep(what: string, version: ProtocolVersion, hex: string, seed: number, reason: string): string {
  const file = `v${version}-found-${what}-${seed}.hex`;
  const words = reason.split('\n')[0]!.slice(0, 100);
  writeFileSync(join(folder, file), `# ${words}\n${hex.replace(/.{64}(?=.)/g, '$&\n')}\n`);
  return `\nkept as test/fuzz/corpus/${file}`;
}
