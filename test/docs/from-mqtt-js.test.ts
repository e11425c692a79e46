import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import {
  validateAttemptOptions,
  validateOptions,
  validateServerOptions,
} from '../../src/client/options/validate-options.js';
import { optionChecks } from '../../src/client/options/checks/option-checks.js';
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

  describe('an option of MQTT.js is refused with the place that the page gives [S146]', () => {
    const [, section = ''] = /^## Options$([^]*?)^## /m.exec(page.replace('Of a publish', '## ')) ?? [];
    const rows = section.split('\n').filter(line => line.startsWith('| `'));
    const quoted = (cell: string) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name!);
    for (const row of rows) {
      const [, there = '', here = ''] = row.split('|').map(cell => cell.trim());
      // the first name in the cell, and where there is none its first words
      const [, place = ''] = /`([a-zA-Z]\w*)/.exec(here) ?? /^(the URL|none|nothing|read the files)/.exec(here) ?? [];
      const words = { 'the URL': 'the URL', none: 'no counterpart', nothing: 'no counterpart' }[place] ?? place;
      for (const name of quoted(there).filter(name => !(name in optionChecks))) {
        if (name === 'handleAuth') continue; // a method of the client
        for (const validate of [validateOptions, validateAttemptOptions, validateServerOptions]) {
          it(`${name}: ${words} (${validate.name})`, () => {
            const inTls = here === 'the same, inside `tls`; PEM as text or bytes';
            expect(() => validate({ [name]: 's3cret' }))
              .to.throw()
              .with.property('message')
              .that.satisfies((message: string) => message.startsWith(`option '${name}' `))
              .and.includes(inTls ? `'tls.${name}'` : words)
              .and.not.include('s3cret');
          });
        }
      }
    }

    it('reads the whole table', () => expect(rows).to.have.length.above(25));

    for (const [name, meant] of [
      ['clientID', 'clientId'],
      ['keepAlive', 'keepalive'],
      ['keep_alive', 'keepalive'],
    ] as const) {
      it(`${name}: did you mean '${meant}'?`, () => {
        expect(() => validateOptions({ [name]: 1 })).to.throw(`did you mean '${meant}'?`);
      });
    }

    for (const name of ['qos', 'retain', 'pfx', 'passphrase', 'ciphers', 'minVersion', 'maxVersion']) {
      it(name, () => expect(() => validateOptions({ [name]: 1 })).to.throw(/'will'|'tls\.\w+' here/));
    }
  });

  function membersOf(of: string): string[] {
    const found = types.statements.filter(ts.isInterfaceDeclaration).find(({ name }) => name.text === of)!;
    return found.members.map(({ name }) => name!.getText(types));
  }
});

function readTypes(): string {
  return readFileSync(join(root, 'node_modules/mqtt/build/lib/client.d.ts'), 'utf8');
}
