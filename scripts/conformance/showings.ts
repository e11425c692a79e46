import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import Mocha from 'mocha';

/** The title of a test, or of several, that names a statement. */
export interface Showing {
  readonly file: string;
  readonly title: string;
}

/**
 * What shows a statement, by its tag: `MQTT-3.1.2-20` of 5.0, `MQTT-3.1.2.10` of a section of it, `MQTT3-3.1.2-23` of 3.1.1, `MQTT31-3.2` of a
 * section of 3.1, `S12` of docs/semantics.md.
 */
export type Showings = ReadonlyMap<string, readonly Showing[]>;

const tags = /\[(MQTT(?:31?)?-\d+(?:\.\d+)+(?:-\d+)?|S\d+)\]/g;
const withoutTags = (title: string) =>
  title
    .replaceAll(tags, '')
    .replaceAll(/ +(?=[ ,:;.)]|$)/g, '')
    .trim();

/** Mocha itself says which tests there are; one that is skipped shows nothing. */
export async function showings(): Promise<Showings> {
  const mocha = new Mocha();
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.test.ts'));
  for (const file of files.map(name => join('test', name)).sort()) {
    if (readFileSync(file, 'utf8').search(tags) >= 0) mocha.addFile(file);
  }
  await mocha.loadFilesAsync();
  const found = new Map<string, Showing[]>();
  mocha.suite.eachTest(test => {
    if (test.isPending()) return;
    for (let named: Mocha.Test | Mocha.Suite | undefined = test; named !== undefined; named = named.parent) {
      for (const [, tag] of named.title.matchAll(tags)) {
        const title = [named.parent?.title ?? '', named.title].map(withoutTags).filter(Boolean).join(' › ');
        add(found, tag!, { file: relative(process.cwd(), test.file!), title });
      }
    }
  });
  return found;
}

/** Tests under one title are one showing; so are those of a loop over versions. */
function add(found: Map<string, Showing[]>, tag: string, showing: Showing): void {
  const own = ({ file, title }: Showing) => file + title.slice(title.lastIndexOf('›') + 1).replace(/^ [543]: /, ' ');
  const those = found.get(tag) ?? [];
  if (!those.some(each => own(each) === own(showing))) those.push(showing);
  found.set(tag, those);
}
