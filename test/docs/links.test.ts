import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';
import { pages, prose, root } from './blocks.js';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('README and docs', () => {
  it('link to files and headings that exist', () => {
    expect(pages.flatMap(page => brokenLinks(page, read(page)))).to.deep.equal([]);
  });

  it('name files of the project that exist', () => {
    const all = [...pages, join('test', 'README.md')];
    expect(all.flatMap(page => missingFiles(page, read(page)))).to.deep.equal([]);
  });

  it('hold no marks of a merge, as Git writes them or as Prettier formats them', () => {
    const mark = /^(<{7} |={7}$|\| ={7}|>{7} |(?:> ){6}>)/m;
    expect(pages.filter(page => mark.test(read(page)))).to.deep.equal([]);
  });

  it('name classes and types that exist, in the pages for contributors', () => {
    const internal = /^(CONTRIBUTING|docs.(architecture|glossary)|docs.decisions..*)\.md$/;
    const named = pages.filter(page => internal.test(page)).map(page => [page, read(page)] as const);
    expect(named).to.have.length.above(50);
    const known = words(sources().join('\n'));
    expect(named.flatMap(([page, text]) => missingTypes(page, text, known))).to.deep.equal([]);
  });

  it('would not pass with a link that leads nowhere, or a file that is not', () => {
    const text =
      '[a](no.md) [b](#nowhere) [c](errors.md#no) [d](https://x.y) `src/no.ts` `src/index.ts`\n# Here\n[e](#here)';
    expect(brokenLinks('docs/x.md', text)).to.deep.equal([
      'docs/x.md: no.md',
      'docs/x.md: #nowhere',
      'docs/x.md: errors.md#no',
    ]);
    expect(missingFiles('docs/x.md', text)).to.deep.equal(['docs/x.md: src/no.ts']);
    const known = words('class InboundMessage {}');
    expect(missingTypes('docs/x.md', '`NoSuchThing` `InboundMessage` `FinalizationRegistry`', known)).to.deep.equal([
      'docs/x.md: NoSuchThing',
    ]);
  });
});

describe('docs/architecture.md', () => {
  it('names in its drawings files that exist', () => {
    const drawings = [...read('docs/architecture.md').matchAll(/^```mermaid\n([^]*?)^```$/gm)].map(([, code]) => code!);
    expect(drawings).to.have.length.above(3);
    const named = drawings.join().match(/[\w/-]+\.ts\b/g)!;
    expect(named).to.have.length.above(5);
    expect(named.filter(name => !existsSync(join(root, 'src', name)))).to.deep.equal([]);
  });

  it('has a row for each room', () => {
    const text = read('docs/architecture.md');
    const rooms = readdirSync(join(root, 'src')).filter(name => statSync(join(root, 'src', name)).isDirectory());
    expect(rooms.filter(room => !text.includes(`| \`src/${room}\``))).to.deep.equal([]);
  });
});

function brokenLinks(page: string, text: string): string[] {
  const links = [...prose(text).matchAll(/\]\((?!\w+:)([^)#\s]*)(#[^)\s]+)?\)/g)];
  return links
    .filter(([, path = '', anchor]) => {
      const target = path === '' ? page : normalize(join(dirname(page), path));
      if (path !== '' && !existsSync(join(root, target))) return true;
      if (anchor === undefined || !target.endsWith('.md')) return false;
      return !anchors(path === '' ? text : read(target)).has(anchor);
    })
    .map(([, path, anchor = '']) => `${page}: ${path}${anchor}`);
}

/** Files of the project, named in backticks; `src/app` is an application's, `docs/api` is written on demand. */
function missingFiles(page: string, text: string): string[] {
  const named = prose(text).matchAll(
    /`((?:src(?!\/app\/)|test|docs(?!\/api\b)|examples|scripts|bench|marbles)\/[\w./-]+\w)`/g,
  );
  return [...named].filter(([, path]) => !existsSync(join(root, path!))).map(([, path]) => `${page}: ${path}`);
}

/** Names of classes and types in backticks that neither `src` nor the platform has. */
function missingTypes(page: string, text: string, known: ReadonlySet<string>): string[] {
  const named = prose(text).matchAll(/`([A-Z][a-z]+[A-Z]\w*)(?:[.(][^`]*)?`/g);
  return [...named]
    .map(([, name = '']) => name)
    .filter(name => !known.has(name) && !(name in globalThis))
    .map(name => `${page}: ${name}`);
}

function sources(): string[] {
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  return names.filter(name => name.endsWith('.ts')).map(name => read(join('src', name)));
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.match(/\w+/g));
}

/** Returns the anchors of the headings of a page, as GitHub makes them. */
function anchors(text: string): Set<string> {
  return new Set(
    [...prose(text).matchAll(/^#+ (.*)$/gm)].map(
      ([, title]) =>
        `#${title!
          .toLowerCase()
          .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
          .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-')}`,
    ),
  );
}
