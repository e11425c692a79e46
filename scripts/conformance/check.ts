import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Showings } from './showings.js';
import { ofClient, showingsOf, versions } from './versions.js';

/** What is wrong with the tags and the lists, a line each. */
export function checked(shown: Showings): string[] {
  const known = new Set(versions.flatMap(({ prefix, statements }) => statements.map(({ id }) => prefix + id)));
  const tags = [...shown].filter(([tag]) => tag.startsWith('MQTT'));
  const problems = [...tags.map(([tag, [first]]) => [tag, first!.file] as const), ...citations()].flatMap(
    ([tag, file]) => (known.has(tag) ? [] : [`[${tag}] in ${file} is no statement`]),
  );
  for (const version of versions) {
    for (const statement of version.statements) {
      const tag = version.prefix + statement.id;
      for (const other of statement.as ?? []) {
        if (!shown.has(`MQTT-${other}`))
          problems.push(`[${tag}] is to be shown by [MQTT-${other}], which no test shows`);
      }
      if (!ofClient(statement)) continue;
      const isShown = showingsOf(version, statement, shown).length > 0;
      if (isShown && statement.exempt !== undefined) problems.push(`[${tag}] is shown, and need not be exempt`);
      if (!isShown && statement.exempt === undefined) problems.push(`[${tag}] is not shown: ${statement.says}`);
    }
  }
  return problems;
}

/** The statements that comments in src name, and where. */
function citations(): (readonly [tag: string, file: string])[] {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'));
  return files
    .map(name => join('src', name))
    .flatMap(file =>
      [...readFileSync(file, 'utf8').matchAll(/MQTT3?-\d+\.\d+\.\d+-\d+/g)].map(([tag]) => [tag, file] as const),
    );
}
