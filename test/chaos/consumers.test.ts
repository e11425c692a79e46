import { expect } from 'chai';
import { filter, firstValueFrom, mergeMap, retry, tap } from 'rxjs';
import { type Mosquitto, describeMosquitto, startMosquitto } from '../support/mosquitto.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { AckOrderCheck, Handlers } from './handlers.js';
import { between } from './schedule.js';
import { seeds } from './seeds.js';
import { Producer } from './traffic.js';
import { World, within } from './world.js';

const leastMessages = 200;
const config = ['max_queued_messages 0', 'autosave_interval 1', 'autosave_on_changes true'];

describeMosquitto('chaos: handlers that acknowledge what they have done', () => {
  for (const protocolVersion of [5, 4] as const) {
    describeWithoutLeaks(`version ${protocolVersion}`, () => {
      let broker: Mosquitto;
      let world: World;

      before('start the broker', async () => {
        broker = await startMosquitto({ persistence: true, config });
      });
      after('stop the broker', () => broker.stop());
      afterEach('end what is left', () => world.end());

      async function restartHalfway(producer: Producer): Promise<void> {
        while (producer.published < leastMessages / 2) await producer.nextSettlement();
        await broker.restart();
      }

      for (const seed of seeds(protocolVersion)) {
        it(`every message is done, QoS 2 acknowledged once, in order, and nothing waits in the end (seed ${seed})`, async function () {
          // some faults end by a timeout, so that a run takes 3 to 20 s, and more on a busy machine
          this.timeout(70_000);
          const { random } = (world = new World(seed, broker.port, { protocolVersion }));
          const onError = seed % 2 === 0 ? 'leave' : 'fail';
          const deliverQos2 = seed % 3 === 0 ? 'release' : 'publish';
          const topicFilter = `${world.id}/#`;
          const consumer = await world.client('consumer', { faults: 8, blackHoles: 1 }, { deliverQos2 });
          const client = await world.client('producer', { faults: 2, blackHoles: 0 });
          const producer = new Producer(client, `${world.id}/a`, random);
          const handlers = new Handlers(consumer, random);
          const order = new AckOrderCheck(consumer);
          const known = () => ({
            onError,
            deliverQos2,
            faultsLeft: world.faultsLeft,
            status: consumer.connection.status,
            failures: handlers.failures,
            missing: handlers.missing(producer),
            wrong: order.wrong,
          });

          const subscribed = firstValueFrom(consumer.ack$.pipe(filter(({ kind }) => kind === 'subscribe')));
          consumer
            .consume(topicFilter, handlers.handle, { qos: 2, concurrency: between(random, 1, 6), onError })
            .pipe(
              retry(),
              tap(handlers.note),
              filter(({ status }) => status === 'failed'),
              mergeMap(() => consumer.reconnect()),
            )
            .subscribe({ error: () => undefined }); // world.end()

          const work = async () => {
            await subscribed;
            const enough = () => world.faultsLeft === 0 && producer.published >= leastMessages;
            await Promise.all([producer.run(enough), restartHalfway(producer)]);
            await handlers.untilAll(producer);
            await firstValueFrom(consumer.stats$.pipe(filter(({ unacknowledged }) => unacknowledged === 0)));
          };
          await within(60_000, work(), known);
          expect(handlers.doubled, 'acknowledged twice').to.deep.equal([]);
          expect(order.wrong, 'out of order').to.deep.equal([]);
          await world.disconnect();
        });
      }
    });
  }
});
