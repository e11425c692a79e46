import { expect } from 'chai';
import { type Observable, map } from 'rxjs';
import type { Diagram, Row, Stage, WireRow } from '../../marbles/diagram.js';
import { connack, puback } from '../../src/testing/index.js';
import { run } from './run.js';

const wire: WireRow = {
  kind: 'wire',
  links: ['^--!', '------^'],
  sent: 'Cp----Cd',
  says: { C: 'CONNECT v5 resume', p: 'PUBLISH q1 #1 t "x"', d: 'PUBLISH q1 #1 dup t "x"' },
  broker: ['-a-#', '-p-k'],
  packets: { a: connack(), p: connack({ sessionPresent: true }), k: puback(1) },
};

const publishing = (stage: Stage): Observable<string> =>
  stage.watch('waiting', stage.client.publish('t', 'x', { qos: 1 })).pipe(map(({ reached }) => reached));

const values = { a: 'acknowledged' };
const rows: Record<'states' | 'stream' | 'spans', Row> = {
  states: { kind: 'states', marbles: '(ic)' },
  stream: {
    kind: 'stream',
    name: 'publish()',
    of: publishing,
    marbles: '---------(a|)',
    values,
  },
  spans: { kind: 'spans', name: 'waiting', spans: ['^--------!'] },
};

const diagram = (...given: Row[]): Diagram => ({
  name: 'a-diagram',
  sentence: '',
  options: { clean: false, clientId: 'me', reconnect: { initial: 3, jitter: 'none' } },
  rows: given,
});

/** What the diagram says is so; what this one says is not, and the failure tells what. */
function expectLie(words: RegExp, ...given: Row[]): void {
  expect(run(diagram(...given))).to.throw(words);
}

describe('a diagram that runs', () => {
  it('passes when all of it is so', () => {
    run(diagram(wire, rows.stream, rows.spans))();
  });

  it('fails for a packet at another moment, for another packet, and for one more', () => {
    expectLie(/did not emit what was expected/, { ...wire, sent: 'C-p---Cd' }, rows.stream);
    expectLie(/PUBLISH q1 #1 dup/, { ...wire, says: { ...wire.says, d: wire.says.p! } }, rows.stream);
    expectLie(/PUBLISH q1 #1 dup/, { ...wire, sent: 'Cp----C-' }, rows.stream);
  });

  it('fails for a link that breaks at another moment, or did not exist', () => {
    expectLie(/not subscribed to as expected/, { ...wire, links: ['^---!', '------^'] }, rows.stream);
    expectLie(/not subscribed to as expected/, { ...wire, links: ['^--!', '------^', '-------^'] }, rows.stream);
  });

  it('fails for a value, an end, a state and a subscription that are not so', () => {
    expectLie(/did not emit/, wire, { ...rows.stream, marbles: '--------(a|)' } as Row);
    expectLie(/did not emit/, wire, { ...rows.stream, marbles: '---------a' } as Row);
    expectLie(/"sent"/, wire, { ...rows.stream, values: { a: 'sent' } } as Row);
    expectLie(/not subscribed to/, wire, rows.stream, { ...rows.spans, spans: ['^-------!'] } as Row);
    expectLie(/did not emit/, wire, rows.stream, rows.states);
  });

  it('says that it lacks the wire', () => {
    expectLie(/a-diagram has no wire/, rows.stream);
  });

  it('gives a character the time of its tick, and leaves times in words as they are', () => {
    const slow: Row = {
      kind: 'states',
      marbles: 'ic 20s C',
    };
    const call: Row = { kind: 'calls', marbles: '-c', does: { c: ['', ({ client }) => client.connect()] } };
    const told: WireRow = { ...wire, links: ['-^'], sent: '-C', broker: ['- 20s a'] };
    run({ ...diagram(call, slow, told), tick: 1000 })();
  });
});
