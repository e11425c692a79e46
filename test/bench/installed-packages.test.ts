import { expect } from 'chai';
import { type Lock, installedPackages } from '../../bench/weight/installed-packages.js';

const needs = (...names: readonly string[]) => Object.fromEntries(names.map(name => [name, '*']));
const found = (packages: Lock['packages'], folder = '') => [...installedPackages({ packages }, folder)];

describe('the packages of an installation', () => {
  it('are the dependencies of dependencies, too, once each, and none for development', () => {
    const packages = {
      '': { dependencies: needs('a', 'b'), devDependencies: needs('tool') },
      'node_modules/a': { dependencies: needs('c') },
      'node_modules/b': { dependencies: needs('c') },
      'node_modules/c': { dependencies: needs('a') },
      'node_modules/tool': {},
    };
    expect(found(packages)).to.have.members(['', 'node_modules/a', 'node_modules/b', 'node_modules/c']);
    expect(found(packages, 'node_modules/b')).to.have.members(['node_modules/b', 'node_modules/c', 'node_modules/a']);
  });

  it('are found in the nearest folder', () => {
    const packages = {
      '': { dependencies: needs('@scope/a') },
      'node_modules/@scope/a': { dependencies: needs('b') },
      'node_modules/@scope/a/node_modules/b': { dependencies: needs('c', 'd') },
      'node_modules/@scope/a/node_modules/c': {},
      'node_modules/b': {},
      'node_modules/c': {},
      'node_modules/d': {},
    };
    expect(found(packages)).to.have.members([
      '',
      'node_modules/@scope/a',
      'node_modules/@scope/a/node_modules/b',
      'node_modules/@scope/a/node_modules/c',
      'node_modules/d',
    ]);
  });

  it('are peers, too, but not those that are optional', () => {
    const packages = {
      '': {
        dependencies: needs('a'),
        peerDependencies: needs('peer', 'extra'),
        peerDependenciesMeta: { extra: { optional: true } },
      },
      'node_modules/a': { optionalDependencies: needs('here', 'elsewhere') },
      'node_modules/peer': {},
      'node_modules/extra': {},
      'node_modules/here': {},
    };
    expect(found(packages)).to.have.members(['', 'node_modules/a', 'node_modules/peer', 'node_modules/here']);
  });

  it('have to be in the lock file', () => {
    const packages = { '': { dependencies: needs('gone') } };
    expect(() => found(packages)).to.throw("package-lock.json has no 'gone' for ''");
  });
});
