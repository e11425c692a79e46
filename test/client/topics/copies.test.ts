import { expect } from 'chai';
import fc from 'fast-check';
import { matches } from '../../../src/protocol/topics/match.js';
import { type Copying, CopyingBroker, type Stream } from './copying-broker.js';

const filters = ['a/b', 'a/+', 'a/#', '+/b', '#', 'a', 'x/y', 'x/+', '$share/g/a/b', '$share/g/#', '$S/#', '+/+/c'];
const topics = ['a/b', 'a/c', 'a', 'x/y', 'x', 'a/b/c', '$S/a'];

type Step =
  | { do: 'open'; filters: string[] }
  | { do: 'close'; which: number }
  | { do: 'publish'; topic: string }
  | { do: 'send' | 'serve' | 'receive' | 'settle' }
  | { do: 'reconnect'; sessionPresent: boolean };

const someFilters = fc.uniqueArray(fc.constantFrom(...filters), { minLength: 1, maxLength: 3 });
const common: fc.WeightedArbitrary<Step>[] = [
  { weight: 4, arbitrary: fc.record({ do: fc.constant('open'), filters: someFilters }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('close'), which: fc.nat(5) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('send') }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('serve', 'receive') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle') }) },
];
const publishing: fc.WeightedArbitrary<Step> = {
  weight: 6,
  arbitrary: fc.record({ do: fc.constant('publish'), topic: fc.constantFrom(...topics) }),
};
const reconnecting: fc.WeightedArbitrary<Step> = {
  weight: 1,
  arbitrary: fc.record({ do: fc.constant('reconnect'), sessionPresent: fc.boolean() }),
};
const steps = (...kinds: fc.WeightedArbitrary<Step>[]) => fc.array(fc.oneof(...kinds), { maxLength: 40 });

function perform(broker: CopyingBroker, step: Exclude<Step, { do: 'publish' }>): void {
  if (step.do === 'open') broker.open(...step.filters);
  else if (step.do === 'reconnect') broker.reconnect(step.sessionPresent);
  else if (step.do !== 'close') broker[step.do]();
  else {
    const stream = [...broker.streams][step.which];
    if (stream) broker.close(stream);
  }
}

const matching = (stream: Stream, topic: string) => stream.filters.filter(filter => matches(filter, topic));

/** A filter is wanted again while its UNSUBSCRIBE is on its way, by a stream that shares another one. */
const unsubscribing: Step[] = [
  { do: 'open', filters: ['a/b'] },
  { do: 'open', filters: ['a/#'] },
  { do: 'close', which: 1 },
  { do: 'open', filters: ['+/+/c'] },
  { do: 'open', filters: ['+/+/c', 'a/#'] },
];

for (const copying of ['each', 'one'] satisfies Copying[]) {
  describe(`streams whose filters overlap, and a broker that sends ${copying} copy (3.3.4)`, () => {
    it('get each message once, whatever comes and goes [S23]', () => {
      fc.assert(
        fc.property(steps(...common, publishing, reconnecting), script => {
          const broker = new CopyingBroker(copying);
          const opened = new Set<Stream>();
          /** Texts that a stream must have got if it is still open when all has arrived. */
          let due: { stream: Stream; text: string }[] = [];
          script.forEach((step, i) => {
            if (step.do === 'publish') {
              broker.publish(step.topic, `${i}`);
              for (const stream of broker.streams) {
                const wanted = matching(stream, step.topic);
                if (wanted.length === 0 || !wanted.every(filter => broker.held.has(filter))) continue;
                due.push({ stream, text: `${i}` });
              }
            } else perform(broker, step);
            if (step.do === 'reconnect' && !step.sessionPresent) due = [];
            for (const stream of broker.streams) opened.add(stream);
          });
          broker.settle();
          for (const { texts } of opened) expect(texts, 'doubled').to.deep.equal([...new Set(texts)]);
          for (const { stream, text } of due) {
            if (broker.streams.has(stream)) expect(stream.count(text), `lost ${text}`).to.equal(1);
          }
        }),
        { numRuns: 2000, seed: 1 },
      );
    });

    it('get each retained message once that their subscriptions bring', () => {
      fc.assert(
        fc.property(steps(...common), script => {
          const broker = new CopyingBroker(copying, topics);
          const opened = new Set<Stream>();
          for (const step of script) {
            // what is brought for a filter that is given up meanwhile goes to whoever is there
            if (step.do === 'close') broker.settle();
            if (step.do !== 'publish') perform(broker, step);
            if (step.do === 'open') broker.send();
            for (const stream of broker.streams) opened.add(stream);
          }
          broker.settle();
          for (const { texts } of opened) expect(texts, 'doubled').to.deep.equal([...new Set(texts)]);
          for (const stream of broker.streams) {
            for (const topic of topics) {
              const bringing = matching(stream, topic).filter(
                filter => !filter.startsWith('$share') && broker.brought.get(filter)! > stream.since,
              );
              if (bringing.length > 0) expect(stream.count(`retained ${topic}`), `lost ${topic}`).to.equal(1);
            }
          }
        }),
        { numRuns: 2000, seed: 1, examples: [[unsubscribing]] },
      );
    });
  });
}
