import type { CallSite } from '../failure.js';
import { type Difference, drawFailure } from './draw-failure.js';

/** What a failed expectation of `mqttMarbles()` throws. */
export interface MarblesFailure extends Error {
  /** What was expected above what happened, as an SVG. It is drawn when you read it. */
  readonly drawing: string;
}

interface NodeProcess {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly getBuiltinModule?: (id: 'node:fs') => FileSystem;
}

interface FileSystem {
  mkdirSync(folder: string, options: { recursive: true }): void;
  writeFileSync(file: string, text: string): void;
}

/**
 * Gives a failure its drawing. Where there are files, it also writes the drawing into the folder that the environment variable `MQTT_MARBLES`
 * names, and says so in the message.
 */
export function attachDrawing(failure: Error, difference: Difference, place: CallSite): Error {
  // It is not enumerable, so that runners do not print it.
  Object.defineProperty(failure, 'drawing', { get: () => drawFailure(difference), configurable: true });
  const { process } = globalThis as { process?: NodeProcess };
  const folder = process?.env?.MQTT_MARBLES;
  const files = folder ? process?.getBuiltinModule?.('node:fs') : undefined;
  if (!folder || files === undefined) return failure;
  const said = write(files, folder, `${folder}/${place.fileName}.svg`, difference);
  failure.message += `\n\n${said}`;
  return failure;
}

function write(files: FileSystem, folder: string, file: string, difference: Difference): string {
  try {
    files.mkdirSync(folder, { recursive: true });
    files.writeFileSync(file, drawFailure(difference));
    return `Drawn in ${file}`;
  } catch (error) {
    // The failure of the test is what matters.
    return `Not drawn in ${file}: ${String(error)}`;
  }
}
