import { expect } from 'chai';
import fc from 'fast-check';
import { RouteTable } from '../../../src/client/topics/route-table.js';
import { matchesAny } from '../../../src/client/topics/route.js';
import { Stream } from './copying-broker.js';

const filters = ['a', 'a/b', 'a/+', 'a/#', '#', '$share/g/a', '$share/g/a/+', '$queue/a', '$queue/a/+', '#share/g/a'];
const topics = ['a', 'a/b', 'b', '$queue/a', '$queue/a/b', '$share/g/a'];

describe('the table of routes', () => {
  it('finds the routes of a filter and of a topic, each once, after any changes', () => {
    const change = fc.record({
      at: fc.nat({ max: 5 }),
      filters: fc.uniqueArray(fc.constantFrom(...filters), { minLength: 1 }),
    });
    fc.assert(
      fc.property(fc.array(change), changes => {
        const table = new RouteTable<Stream>();
        const model: (Stream | undefined)[] = [];
        for (const { at, filters: wanted } of changes) {
          const previous = model[at];
          if (previous) table.delete(previous);
          model[at] = previous ? undefined : new Stream(wanted);
          if (model[at]) table.add(model[at]);
          const routes = model.filter(route => route !== undefined);
          expect(table.size).to.equal(routes.length);
          expect([...new Set(table.all)]).to.have.members(routes);
          expect(table.hasPrefixes).to.equal(
            routes.some(route => route.filters.some(each => /^(\$|#share)/.test(each))),
          );
          for (const filter of filters)
            expect([...table.withFilter(filter)], filter).to.have.members(
              routes.filter(route => route.filters.includes(filter)),
            );
          for (const topic of topics)
            expect(table.match(topic), topic).to.have.members(
              routes.filter(({ patterns }) => patterns.some(each => matchesAny(each, topic))),
            );
        }
      }),
    );
  });
});
