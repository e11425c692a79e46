import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { map } from 'rxjs';
import { type ReplayOptions, replayTrace } from '../../../src/testing/index.js';
import { type TraceEvent, parseTrace } from '../../../src/trace/index.js';
import { alarms } from '../../traces/alarms.js';

const read = (broker: string) => readFileSync(new URL(`../../traces/${broker}.jsonl`, import.meta.url), 'utf8');

/** The alarms that the client of the trace has sent, without those that it sent again. */
const alarmsIn = (trace: readonly TraceEvent[]) =>
  trace.flatMap(event => {
    if (event.type !== 'packet' || event.direction !== 'sent' || event.packet.cmd !== 'publish' || event.packet.dup)
      return [];
    return [(event.packet as unknown as { payload: { text: string } }).payload.text];
  });

describe('traces of real brokers', () => {
  for (const broker of ['mosquitto', 'rabbitmq', 'nats']) {
    describe(broker, () => {
      const trace = [...parseTrace(read(broker))];
      const replay = (options?: ReplayOptions) => replayTrace(trace, options);

      it('has three cuts, an outage and resumed sessions in it', () => {
        const states = trace.flatMap(event => (event.type === 'state' ? [event] : []));
        expect(states.filter(({ status }) => status === 'connected')).to.have.length(4);
        expect(states.filter(({ error }) => error?.code === 'CONNECTION_FAILED')).to.have.length.above(0);
        const present = trace.flatMap(event =>
          event.type === 'packet' && event.packet.cmd === 'connack' && event.packet.reasonCode === 0
            ? [event.packet.sessionPresent]
            : [],
        );
        expect(present[0]).to.equal(false);
        expect(present.slice(-3)).to.deep.equal([true, true, true]);
      });

      it('is replayed strictly by the pipeline of which it was recorded [S196]', () => {
        const values = replay().run(client => alarms(client));
        const sent = alarmsIn(trace);
        expect(sent).to.have.length.above(20);
        expect(values.map(({ value }) => value)).to.have.members(sent);
      });

      it('is replayed with the same states', () => {
        const states = replay().run(client => {
          alarms(client).subscribe();
          return client.connection$.pipe(map(({ status }) => status));
        });
        const recorded = trace.flatMap(event => (event.type === 'state' ? [event.status] : []));
        expect(states.map(({ value }) => value)).to.deep.equal(recorded.filter(status => status !== 'idle'));
      });

      it('shows that another pipeline differs', () => {
        expect(() => replay().run(client => alarms(client, 32))).to.throw(
          /PUBLISH q1 #\d+ alarms\/\w+ "\w+ 31" at \d+ ms was not sent/,
        );
        expect(() => replay({ lenient: true }).run(client => alarms(client, 32))).to.throw(/was not sent/);
      });

      it('replays many times in the same way', () => {
        const first = replay().run(client => alarms(client));
        for (let i = 0; i < 3; i++) expect(replay().run(client => alarms(client))).to.deep.equal(first);
      });
    });
  }
});
