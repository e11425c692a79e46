import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

// Imported as `#read-file`: browsers have no files, and get read-file-browser.ts.

/** The text of a file; a relative name is taken from `baseDir`, or from the working directory. */
export const readFile = (name: string, baseDir = '.'): string => readFileSync(resolve(baseDir, name), 'utf8');
