import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

// Imported as `#read-file`, which is read-file-browser.ts in browsers.

/** Returns the text of a file. A relative name is resolved against `baseDir`, by default the working directory. */
export const readFile = (name: string, baseDir = '.'): string => readFileSync(resolve(baseDir, name), 'utf8');
