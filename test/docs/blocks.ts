import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A block of code in a page. */
export interface Block {
  readonly page: string;
  /** Of its first line of code, from 1. */
  readonly line: number;
  /** The text of the comment `<!-- prelude: ... -->` before it: what a reader guesses. */
  readonly prelude: string;
  /** The text of the comment `<!-- no-run: ... -->` before it: why it cannot run here. */
  readonly noRun: string;
  readonly code: string;
}

export const pages = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map(inDocs),
]
  .filter(name => name.endsWith('.md') && !name.startsWith(join('docs', 'api')))
  .sort();

export const blocks = (): Block[] => pages.flatMap(page => blocksOf(page, readFileSync(join(root, page), 'utf8')));

export function blocksOf(page: string, text: string): Block[] {
  const block = /(?:<!-- prelude:([^]*?)-->\s*)?(?:<!-- no-run:([^]*?)-->\s*)?^```ts\n([^]*?)^```$/gm;
  return [...text.matchAll(block)].map(({ 0: all, 1: prelude = '', 2: noRun = '', 3: code = '', index }) => ({
    page,
    line: text.slice(0, index + all.lastIndexOf('```ts\n')).split('\n').length + 1,
    prelude: prelude.trim().replaceAll('\n', ' '),
    noRun: noRun.trim(),
    code,
  }));
}

/** The text of a page without its blocks of code. */
export function prose(text: string): string {
  return text.replaceAll(/^```[^]*?^```$/gm, '');
}

function inDocs(name: string): string {
  return join('docs', name);
}
