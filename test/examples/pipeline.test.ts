import { expect } from 'chai';
import { of } from 'rxjs';
import { archive, heating, means } from '../../examples/pipeline/pipeline.js';
import { virtualBroker } from '../../src/testing/index.js';
import { mqttMarbles } from '../support/marbles.js';

describe('examples/pipeline', () => {
  it(
    'publishes the mean of a window, decides by the join of two topics, and acknowledges what is stored',
    mqttMarbles(({ client, act }) => {
      const broker = virtualBroker({ latency: 1 });
      const mqtt = client(broker, { clientId: 'pipeline', clean: false }, 100);
      const rows: unknown[] = [];
      const orders: boolean[] = [];
      const seen: string[] = [];
      act('s 9ms t 19ms e 19ms u', {
        s: () => {
          means(mqtt, 20).subscribe(({ status }) => seen.push(status));
          heating(mqtt, 'attic').subscribe(on => orders.push(on));
          archive(mqtt, row => of(rows.push(row))).subscribe(({ acknowledged }) => seen.push(`stored ${acknowledged}`));
        },
        t: () => {
          broker.publish('rooms/attic/target', '20', { retain: true });
          broker.publish('rooms/attic/temperature', '18');
          broker.publish('rooms/attic/temperature', '21');
        },
        e: () => expect(seen).to.deep.equal([]),
        u: () => {
          expect(seen).to.deep.equal(['stored true', 'published']);
          expect(rows).to.deep.equal([{ topic: 'rooms/attic/mean', celsius: 19.5 }]);
          expect(orders).to.deep.equal([true]);
        },
      });
    }),
  );
});
