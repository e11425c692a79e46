import { readFileSync, writeFileSync } from 'node:fs';
import { checked } from './conformance/check.js';
import { page } from './conformance/page.js';
import { checkedSemantics, semanticsPage } from './conformance/semantics.js';
import { showings } from './conformance/showings.js';

/**
 * Writes which tests show what, into docs/conformance.md and docs/semantics.md; or with --check makes sure that it is true: every
 * statement of MQTT that binds a client is shown or exempt, every rule of ours is shown.
 */
const shown = await showings();
const semantics = readFileSync('docs/semantics.md', 'utf8');
const pages = [
  ['docs/conformance.md', page(shown)],
  ['docs/semantics.md', semanticsPage(semantics, shown)],
] as const;
const problems = [...checked(shown), ...checkedSemantics(semantics, shown)];

for (const [path, text] of pages) {
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) problems.push(`${path} is out of date: npm run conformance`);
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log('every statement that binds a client is shown or exempt, every rule of docs/semantics.md is shown');
