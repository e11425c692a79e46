import { readFileSync, writeFileSync } from 'node:fs';
import { checked } from './conformance/check.js';
import { page } from './conformance/page.js';
import { showings } from './conformance/showings.js';

/** Writes docs/conformance.md, or with --check makes sure that it is true: every statement that binds a client is shown or exempt. */
const path = 'docs/conformance.md';
const shown = await showings();
const problems = checked(shown);
const text = page(shown);

if (!process.argv.includes('--check')) writeFileSync(path, text);
else if (readFileSync(path, 'utf8') !== text) problems.push(`${path} is out of date: npm run conformance`);

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${path}: every statement that binds a client is shown or exempt`);
