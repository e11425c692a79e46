import { expect } from 'chai';
import { type Mosquitto, describeMosquitto, startMosquitto } from '../support/mosquitto.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { Inbox, Producer, expectAll, expectInOrder, lastOf } from './traffic.js';
import { World } from './world.js';

// its window is 20 as it comes; 3.x has no way to say so
describeMosquitto('chaos: more at once than mosquitto as it comes has room for', () => {
  for (const protocolVersion of [5, 4, 3] as const) {
    describeWithoutLeaks(`version ${protocolVersion}`, () => {
      let broker: Mosquitto;
      let world: World;

      before('start the broker', async () => {
        broker = await startMosquitto();
      });
      after('stop the broker', () => broker.stop());
      afterEach('end what is left', () => world.end());

      it('500 messages of QoS 1 and 2 come all, once, in order', async () => {
        world = new World(1, broker.port, { protocolVersion, ackTimeout: 0 });
        const calm = { faults: 0, blackHoles: 0 };
        const inbox = await Inbox.of(await world.client('consumer', calm), `${world.id}/#`);
        const producer = new Producer(await world.client('producer', calm), `${world.id}/a`, world.random);
        await Promise.all(Array.from({ length: 500 }, (_, i) => producer.publish(i % 2 === 0 ? 1 : 2)));
        await inbox.until(await lastOf([producer]));
        expectAll(inbox, producer);
        expectInOrder(inbox, producer.topics);
        expect(broker.log()).not.to.include('rc151'); // quota exceeded, which 3.x is not told
        await world.disconnect();
      });
    });
  }
});
