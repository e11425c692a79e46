import { readFileSync } from 'node:fs';

/** The legal transitions, `from -> to`, as the diagram of docs/architecture.md draws them. */
export const transitions: ReadonlySet<string> = new Set(
  Array.from(
    readFileSync('docs/architecture.md', 'utf8').matchAll(/^ {2}(\w+) --> (\w+)(?::|$)/gm),
    ([, from, to]) => `${from} -> ${to}`,
  ),
);
