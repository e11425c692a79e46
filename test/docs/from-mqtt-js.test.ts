import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { root } from './blocks.js';

/** What no program that is to be moved calls or sets. */
const within = [
  'noop',
  'defaultId',
  'onKeepaliveTimeout',
  'reschedulePing',
  'handleAuth',
  'on',
  'once',
  'emit',
  'off',
  'log',
  'reconnecting',
  'disconnected',
];

describe('docs/from-mqtt-js.md', () => {
  const page = readFileSync(join(root, 'docs/from-mqtt-js.md'), 'utf8');
  const types = ts.createSourceFile('client.d.ts', readTypes(), ts.ScriptTarget.ES2022, true);
  const missing = (names: readonly string[]) => names.filter(name => !new RegExp(`\`[^\`]*\\b${name}\\b`).test(page));

  it('has every option', () => {
    const names = ['IClientOptions', 'ISecureClientOptions', 'IClientPublishOptions'].flatMap(membersOf);
    expect(names).to.have.length.above(60);
    expect(missing(names)).to.deep.equal([]);
  });

  it('has every event', () => {
    const names = membersOf('MqttClientEventCallbacks');
    expect(names).to.have.length.above(9);
    expect(missing(names)).to.deep.equal([]);
  });

  it('has every call', () => {
    const client = types.statements.filter(ts.isClassDeclaration).find(({ name }) => name?.text === 'MqttClient')!;
    const names = client.members
      .filter(ts.isMethodDeclaration)
      .filter(({ modifiers = [] }) => modifiers.every(({ kind }) => kind !== ts.SyntaxKind.PrivateKeyword))
      .map(({ name }) => name.getText(types))
      .filter(name => !name.startsWith('_') && !within.includes(name));
    expect(new Set(names)).to.include('publishAsync').and.include('removeOutgoingMessage');
    expect(missing(names)).to.deep.equal([]);
  });

  function membersOf(of: string): string[] {
    const found = types.statements.filter(ts.isInterfaceDeclaration).find(({ name }) => name.text === of)!;
    return found.members.map(({ name }) => name!.getText(types));
  }
});

function readTypes(): string {
  return readFileSync(join(root, 'node_modules/mqtt/build/lib/client.d.ts'), 'utf8');
}
