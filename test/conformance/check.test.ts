import { expect } from 'chai';
import { checked } from '../../scripts/conformance/check.js';
import type { Showing } from '../../scripts/conformance/showings.js';
import { mqtt31 } from './mqtt-3.1.js';
import { mqtt311 } from './mqtt-3.1.1.js';
import { mqtt5Unnumbered } from './mqtt-5.0-unnumbered.js';
import { mqtt5 } from './mqtt-5.0.js';

const showing: Showing = { file: 'some.test.ts', title: 'some › test' };
/** As if a test showed each statement that binds a client and is not exempt. */
const allShown = new Map(
  [
    ...[...mqtt5, ...mqtt5Unnumbered].map(statement => ({ statement, tag: `MQTT-${statement.id}` })),
    ...mqtt311.map(statement => ({ statement, tag: `MQTT3-${statement.id}` })),
    ...mqtt31.map(statement => ({ statement, tag: `MQTT31-${statement.id}` })),
  ]
    .filter(({ statement: { binds, exempt } }) => binds !== 'server' && exempt === undefined)
    .map(({ tag }) => [tag, [showing]]),
);
const and = (tag: string) => new Map(allShown).set(tag, [showing]);
const without = (tag: string) => new Map([...allShown].filter(([each]) => each !== tag));

describe('the check of docs/conformance.md', () => {
  it('has the lists of both specifications complete', () => {
    const sections = (list: typeof mqtt5) => {
      const chapters = list.map(({ id }) => id.split('.')[0]!);
      return ['1', '2', '3', '4', '6', '7'].map(chapter => chapters.filter(each => each === chapter).length);
    };
    expect(sections(mqtt5)).to.deep.equal([5, 7, 175, 60, 4, 0]);
    expect(sections(mqtt311)).to.deep.equal([3, 9, 95, 26, 4, 4]);
    for (const list of [mqtt5, mqtt5Unnumbered, mqtt311, mqtt31])
      expect(new Set(list.map(({ id }) => id)).size).to.equal(list.length);
  });

  it('has nothing to say where each statement is shown', () => {
    expect(checked(allShown)).to.deep.equal([]);
  });

  it('names a statement of a client that no test shows', () => {
    expect(checked(without('MQTT-3.1.0-1')).join()).to.match(/\[MQTT-3\.1\.0-1\] is not shown: CONNECT is the first/);
    expect(checked(without('MQTT3-3.1.0-1')).join()).to.match(/\[MQTT3-3\.1\.0-1\] is not shown/);
    expect(checked(without('MQTT-4.11')).join()).to.match(/\[MQTT-4\.11\] is not shown/);
    expect(checked(without('MQTT31-3.2')).join()).to.match(/\[MQTT31-3\.2\] is not shown/);
  });

  it('names one of 3.1.1 that relies on one of 5.0 that no test shows', () => {
    expect(checked(without('MQTT-4.6.0-2')).join()).to.match(
      /\[MQTT3-4\.6\.0-2\] is to be shown by \[MQTT-4\.6\.0-2\]/,
    );
  });

  it('does not ask for what binds the server', () => {
    expect(checked(and('MQTT-3.2.0-2'))).to.deep.equal([]);
  });

  it('names a test whose statement does not exist, and its file', () => {
    expect(checked(and('MQTT-9.9.9-9'))).to.deep.equal(['[MQTT-9.9.9-9] in some.test.ts is no statement']);
  });

  it('names an exemption that is none any more', () => {
    expect(checked(and('MQTT-3.4.2-2'))).to.deep.equal(['[MQTT-3.4.2-2] is shown, and need not be exempt']);
  });
});
