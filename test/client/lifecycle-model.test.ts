import { expect } from 'chai';
import { type EventName, inside, search, sequences } from './lifecycle-model/search.js';
import type { Settings } from './lifecycle-model/world.js';

/**
 * The lifecycle against docs/architecture.md, on virtual time. The events are connect, reconnect, disconnect, close, reauthenticate,
 * link lost, CONNACK, refusal (for now, and for good), pagehide and pageshow, each wherever it can happen.
 *
 * Covered is every sequence of up to six of them, in 5.0 and 3.1.1, with links that open at once and links that take 2 ms, and with
 * all that may pass between two events: nothing, the rest of the turn, less time than any timer, more than any timer. A sequence is
 * not continued where another one with the same last event has led to a world that looks the same from outside (state, link, page,
 * timers, who waits for what); up to `whole` events all are. Checked after each event, and on the way out of and on from each world:
 *
 * - every transition is in the diagram; `'connected'` comes only after a CONNACK on the present link;
 * - a link that the client leaves after CONNACK has had DISCONNECT, and nothing after it;
 * - one link is open at the most, none while the client is idle or closed;
 * - disconnect() closes from everywhere in bounded time, and from everywhere a broker that accepts is reached;
 * - each call hears its end once: a value, an error, or for disconnect() the end; connect() and reconnect() a value only while connected.
 */
describe('the lifecycle, model-checked', () => {
  const waits: [string, number | undefined][] = [
    ['no time, not even a turn, between events', undefined],
    ['a turn between events', 0],
    ['less time between events than any timer takes', 5],
    ['everything over between events', 100],
  ];
  const settings: [string, Settings][] = [
    ['5.0, links open at once', { protocolVersion: 5, opening: 0 }],
    ['5.0, links open later', { protocolVersion: 5, opening: 2 }],
    ['3.1.1, links open at once', { protocolVersion: 4, opening: 0 }],
    ['3.1.1, links open later', { protocolVersion: 4, opening: 2 }],
  ];
  for (const [world, given] of settings) {
    for (const [time, pause] of waits) {
      it(`${world}, ${time} [S13] [S90] [S91]`, function () {
        this.timeout(120_000);
        const { problems, worlds } = search({ settings: given, pause, depth: 6, whole: 2 });
        expect(problems.slice(0, 5)).to.deep.equal([]);
        expect(worlds).to.be.above(30);
      });
    }
    if (given.opening > 0) continue;

    it(`${world}, each event inside the emission of a state [S13] [S65] [S90] [S91]`, function () {
      this.timeout(120_000);
      const users: EventName[] = [
        'connect',
        'reconnect',
        'disconnect',
        'close',
        'reauthenticate',
        'pagehide',
        'pageshow',
      ];
      const problems = [...sequences(users, 4)].flatMap(sequence => inside(given, sequence));
      expect(problems.slice(0, 5)).to.deep.equal([]);
    });
  }
});
