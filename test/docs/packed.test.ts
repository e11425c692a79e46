import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';
import { prose, root } from './blocks.js';

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

/** Links and images of Markdown and HTML that lead to a file, without their anchor. */
const LINK = /\]\((?!\w+:|#)([^)#\s]+)|(?:href|src)="(?!\w+:|#)([^"#]+)/g;

describe('the files of the package', function () {
  this.timeout(60_000); // npm lists about 1,000 files
  let packed: ReadonlySet<string>;

  before(() => {
    const listing = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    packed = new Set((JSON.parse(listing) as Packed[])[0]!.files.map(({ path }) => path));
  });

  it('hold what the links of README and docs lead to', () => {
    const pages = [...packed].filter(path => path.endsWith('.md'));
    expect(pages).to.include.members(['README.md', 'CHANGELOG.md', 'docs/semantics.md', 'docs/errors.md']);
    const leadOut = pages.flatMap(page => leadingOut(page, prose(readFileSync(join(root, page), 'utf8')), packed));
    expect(leadOut.join('\n')).to.equal('');
  });

  // the declarations in dist have the same comments, and lie as deep
  it('hold what the links of TSDoc lead to', () => {
    const sources = [...packed].filter(path => /^src\/.*\.ts$/.test(path));
    const links = sources.flatMap(path => leadingOut(path, comments(readFileSync(join(root, path), 'utf8')), packed));
    expect(sources).to.have.length.above(200);
    expect(links.join('\n')).to.equal('');
  });

  it('would not, if a link led to another file of the repository', () => {
    const text = '[a](../test/a.test.ts) ![b](marbles/connect.svg#x) [c](https://rxjs.dev) <img src="images/x.png">';
    expect(leadingOut('docs/x.md', text, new Set(['docs/marbles/connect.svg']))).to.deep.equal([
      'docs/x.md: ../test/a.test.ts',
      'docs/x.md: images/x.png',
    ]);
    expect(comments('/** ![a](b.svg) */ f[x](y);')).to.equal('/** ![a](b.svg) */');
  });

  it('are not heavy', () => {
    expect([...packed].filter(path => /\.(png|jpe?g|gif)$/.test(path))).to.deep.equal([]);
  });
});

function leadingOut(page: string, text: string, packed: ReadonlySet<string>): string[] {
  return [...text.matchAll(LINK)]
    .map(([, link, attribute]) => (link ?? attribute)!)
    .filter(link => !packed.has(normalize(join(dirname(page), link))))
    .map(link => `${page}: ${link}`);
}

function comments(source: string): string {
  return (source.match(/\/\*\*[^]*?\*\//g) ?? []).join('\n');
}
