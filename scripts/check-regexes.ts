import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

// recheck also ships native programs; its JavaScript is enough and runs everywhere
process.env.RECHECK_BACKEND = 'pure';
const { checkSync } = await import('recheck');

/** Each regular expression of src must take time in proportion to its input: what it is held to comes from a stranger. */
const problems: string[] = [];
let count = 0;

for (const name of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.ts')) continue;
  const path = join('src', name);
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) check(file, node);
    if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'RegExp')
      report(file, node, 'is made at run time: write a literal, which can be checked');
    ts.forEachChild(node, visit);
  };
  visit(file);
}

function check(file: ts.SourceFile, node: ts.RegularExpressionLiteral): void {
  count++;
  const [, source = '', flags = ''] = /^\/(.*)\/(\w*)$/s.exec(node.text) ?? [];
  const verdict = checkSync(source, flags, { timeout: 10_000 });
  if (verdict.status === 'vulnerable') report(file, node, `is vulnerable: ${verdict.complexity.summary}`);
  else if (verdict.status !== 'safe') report(file, node, 'could not be checked');
}

function report(file: ts.SourceFile, node: ts.Node, what: string): void {
  const { line } = file.getLineAndCharacterOfPosition(node.getStart());
  problems.push(`${file.fileName}:${line + 1}: ${node.getText()} ${what}`);
}

console.log(`src: ${count} regular expressions`);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
