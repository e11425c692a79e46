import { expect } from 'chai';
import { type Mosquitto, describeMosquitto, startMosquitto } from '../support/mosquitto.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { seeds } from './seeds.js';
import { Inbox, Producer, expectAll, expectInOrder, lastOf } from './traffic.js';
import { World, within } from './world.js';

const leastMessages = 300;
/** For each of the three clients. */
const faults = 12;

/** With the 20 that it has as it comes, mosquitto 2.0.11 lets new messages overtake what waits for a consumer that comes back. */
const windows = [
  { window: 1000, keepsOrder: true, usual: 1 },
  { window: 20, keepsOrder: false, usual: 2 },
] as const;

describeMosquitto('chaos: faults between clients and mosquitto', () => {
  for (const protocolVersion of [5, 4] as const) {
    for (const { window, keepsOrder, usual } of windows) {
      describeWithoutLeaks(`version ${protocolVersion}, with a window of ${window}`, () => {
        let broker: Mosquitto;
        let world: World;

        before('start the broker', async () => {
          const config = [`max_inflight_messages ${window}`, 'max_queued_messages 0'];
          broker = await startMosquitto({ persistence: true, config });
        });
        after('stop the broker', () => broker.stop());
        afterEach('end what is left', () => world.end());

        for (const seed of seeds(usual)) {
          it(`loses and doubles nothing, ${keepsOrder ? 'keeps the order, ' : ''}settles all (seed ${seed})`, async function () {
            this.timeout(30_000);
            const { random } = (world = new World(seed, broker.port, { protocolVersion }));
            const deliverQos2 = seed % 2 === 0 ? 'publish' : 'release';
            const consumer = await world.client('consumer', { faults, blackHoles: 1 }, { deliverQos2 });
            const producers = await Promise.all(
              ['a', 'b'].map(async name => {
                const client = await world.client(name, { faults, blackHoles: 1 });
                return new Producer(client, `${world.id}/${name}`, random);
              }),
            );
            let inbox: Inbox | undefined;
            const known = () => ({
              faultsLeft: world.faultsLeft,
              struck: world.struck,
              consumer: consumer.connection,
              producers: producers.map(producer => ({
                published: producer.published,
                settled: producer.settled,
                failed: producer.failed,
                missing: producer.topics.map(topic => inbox?.missing(producer, topic)),
              })),
            });
            const work = async () => {
              inbox = await Inbox.of(consumer, `${world.id}/#`);
              const enough = () =>
                world.faultsLeft === 0 && producers.every(({ published }) => published >= leastMessages);
              // two that take turns: one settles while the other is full
              await Promise.all(producers.flatMap(producer => [producer.run(enough), producer.run(enough)]));
              await inbox.until(await lastOf(producers));
              for (const producer of producers) {
                if (!keepsOrder) await inbox.untilAll(producer);
                expectAll(inbox, producer);
                if (keepsOrder) expectInOrder(inbox, producer.topics);
              }
            };
            await within(20_000, work(), known);
            await world.disconnect();
            expect(world.struck, 'faults that struck').to.equal(3 * faults);
          });
        }
      });
    }
  }
});
