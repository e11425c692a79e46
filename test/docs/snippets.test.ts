import { join } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { type Block, blocks, blocksOf, root } from './blocks.js';

describe('the code in README and docs', function () {
  this.timeout(60_000); // it is a whole run of the compiler

  it('compiles, each block as a module of its own', () => {
    const snippets = blocks();
    expect(snippets).to.have.length.above(15);
    expect(problems(snippets)).to.deep.equal([]);
  });

  it('would not, if it called for what is not there, and errors name what is', () => {
    const page = [
      '<!-- prelude: import { mqtt } from "rxjs-mqtt"; -->',
      '',
      '```ts',
      'mqtt("mqtt://h").pipe();',
      '```',
      '',
      '```ts',
      'mqtt("mqtt://h");',
      '```',
      '<!-- prelude: import { mqtt } from "rxjs-mqtt"; -->',
      '',
      '```ts',
      'const client = mqtt("mqtt://h", { protocolVersion: 3.11 });',
      'client.topic$("d/+id").subscribe(({ params }) => params.name);',
      'const text: string = client.topic$("d");',
      '```',
    ];
    expect(problems(blocksOf('page.md', page.join('\n')))).to.deep.equal([
      "page.md:4: Property 'pipe' does not exist on type 'MqttClient'.",
      "page.md:8: Cannot find name 'mqtt'.",
      `page.md:13: Type '3.11' is not assignable to type '"auto" | 5 | 4 | 3 | undefined'.`,
      "page.md:14: Property 'name' does not exist on type '{ readonly id: string; }'.",
      "page.md:15: Type 'Observable<MqttMessage<undefined, {}>>' is not assignable to type 'string'.",
    ]);
  });
});

/** What the compiler says, as `page:line: message`. */
function problems(snippets: readonly Block[]): string[] {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), path => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent({ ...config.config, files: [], include: [] }, ts.sys, root);
  Object.assign(options, {
    noUnusedLocals: false,
    noUnusedParameters: false,
    experimentalDecorators: true, // those of Angular
    paths: {
      'rxjs-mqtt': [join(root, 'src/index.ts')],
      'rxjs-mqtt/testing': [join(root, 'src/testing/index.ts')],
      'rxjs-mqtt/store': [join(root, 'src/store/index.ts')],
      'rxjs-mqtt/opentelemetry': [join(root, 'src/opentelemetry/index.ts')],
      'rxjs-mqtt/shared': [join(root, 'src/shared/index.ts')],
      'rxjs-mqtt/trace': [join(root, 'src/trace/index.ts')],
      'rxjs-mqtt/inspector': [join(root, 'src/inspector/index.ts')],
      'rxjs-mqtt/angular': [join(root, 'src/angular/index.ts')],
      'rxjs-mqtt/nestjs': [join(root, 'src/nestjs/index.ts')],
      'rxjs-mqtt/angular/testing': [join(root, 'src/angular/testing/index.ts')],
    },
  });
  // beside the pages, so that packages are found as from there
  const files = new Map(snippets.map((snippet, i) => [join(root, `snippet-${i}.ts`), snippet]));
  const source = ({ prelude, code }: Block) => `${prelude}\n${code}\nexport {};\n`;

  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = path => files.has(path) || fileExists.call(host, path);
  host.readFile = path => (files.has(path) ? source(files.get(path)!) : readFile.call(host, path));
  host.getSourceFile = (path, languageVersion, ...rest) =>
    files.has(path)
      ? ts.createSourceFile(path, source(files.get(path)!), languageVersion)
      : getSourceFile.call(host, path, languageVersion, ...rest);

  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()]
    .map(path => program.getSourceFile(path)!)
    .flatMap(file => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
    .map(({ file, start = 0, messageText }) => {
      const { page, line } = files.get(file!.fileName)!;
      const at = line + file!.getLineAndCharacterOfPosition(start).line - 1;
      return `${page}:${at}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
}
