import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { root } from './blocks.js';

/** What the specification calls so, and what the endings of names explain. */
const STANDARD = /(Options|Packet|Properties)$|^(Authentication\w*|ProtocolVersion|QoS|TcpKeepAlive|TlsVersion)$/;

describe('docs/glossary.md', () => {
  it('explains each exported name that is no term of MQTT', () => {
    const glossary = readFileSync(join(root, 'docs/glossary.md'), 'utf8');
    const index = ts.createSourceFile(
      'index.ts',
      readFileSync(join(root, 'src/index.ts'), 'utf8'),
      ts.ScriptTarget.Latest,
    );
    const names = index.statements
      .filter(ts.isExportDeclaration)
      .flatMap(({ exportClause }) => (exportClause as ts.NamedExports).elements.map(({ name }) => name.text));
    expect(names).to.include.members(['mqtt', 'QoS', 'MqttWarning']);
    const missing = names.filter(name => !STANDARD.test(name) && !glossary.includes(`\`${name}\``));
    expect(missing).to.deep.equal([]);
  });
});
