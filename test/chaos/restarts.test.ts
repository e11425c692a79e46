import { expect } from 'chai';
import { filter, firstValueFrom, map } from 'rxjs';
import type { MqttClient, MqttOptions } from '../../src/index.js';
import { type Mosquitto, describeMosquitto, startMosquitto } from '../support/mosquitto.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { seeds } from './seeds.js';
import { Inbox, Producer, expectAll, expectInOrder, lastOf } from './traffic.js';
import { World, within } from './world.js';

const restarts = 3;

// saved after each round of its loop in which something was changed: what it has acknowledged in the last one can be unsaved
const saving = ['autosave_interval 1', 'autosave_on_changes true'];
// see faults.test.ts
const roomy = ['max_inflight_messages 1000', 'max_queued_messages 0'];

const weathers: readonly { title: string; faults: number; options: MqttOptions }[] = [
  { title: 'a restart (SIGTERM) loses and doubles nothing', faults: 4, options: {} },
  {
    title: 'restarts without other faults keep the order, too, with the default of maxDeliveries',
    faults: 0,
    options: { maxDeliveries: 3 },
  },
];

describeMosquitto('chaos: mosquitto goes away and comes back', () => {
  for (const protocolVersion of [5, 4] as const) {
    describeWithoutLeaks(`version ${protocolVersion}`, () => {
      let broker: Mosquitto;
      let world: World;

      beforeEach('start the broker', async () => {
        broker = await startMosquitto({ persistence: true, config: [...roomy, ...saving] });
      });
      afterEach('end what is left', async () => {
        await world.end();
        await broker.stop();
      });

      async function people(seed: number, faults = 4, options: MqttOptions = {}) {
        world = new World(seed, broker.port, { protocolVersion, ...options });
        const consumer = await world.client('consumer', { faults, blackHoles: 0 });
        const clients = [
          await world.client('a', { faults, blackHoles: 0 }),
          await world.client('b', { faults, blackHoles: 0 }),
        ];
        const producers = clients.map((client, i) => new Producer(client, `${world.id}/${i}`, world.random));
        const known = () => ({
          connections: [consumer, ...clients].map(({ connection }) => connection.status),
          producers: producers.map(({ published, settled, failed }) => ({ published, settled, failed })),
        });
        return { consumer, clients, producers, known };
      }

      /** Publishes all the time, while `interrupt` happens again and again, each time after some hundred settlements more. */
      async function whilePublishing(producers: readonly Producer[], interrupt: () => Promise<void>): Promise<void> {
        const settled = () => producers.reduce((sum, producer) => sum + producer.settled, 0);
        let over = false;
        const running = producers.flatMap(producer => [producer.run(() => over), producer.run(() => over)]);
        for (let i = 0; i < restarts; i++) {
          const due = settled() + 100;
          while (settled() < due) await Promise.race(producers.map(producer => producer.nextSettlement()));
          await interrupt();
        }
        over = true;
        await Promise.all(running);
      }

      for (const seed of seeds(1)) {
        for (const { title, faults, options } of weathers) {
          it(`${title} (seed ${seed})`, async function () {
            this.timeout(30_000);
            const { consumer, producers, known } = await people(seed, faults, options);
            const work = async () => {
              const inbox = await Inbox.of(consumer, `${world.id}/#`);
              await whilePublishing(producers, () => broker.restart());
              await inbox.until(await lastOf(producers));
              for (const producer of producers) {
                expectAll(inbox, producer);
                expectInOrder(inbox, producer.topics);
              }
            };
            await within(20_000, work(), known);
            await world.disconnect();
          });
        }

        it(`a kill (SIGKILL) leaves nothing unsettled, and takes no QoS 1 that it had not acknowledged (seed ${seed})`, async function () {
          this.timeout(30_000);
          const { consumer, clients, producers, known } = await people(seed);
          const acknowledged = new Map<string, Set<number>>();
          const work = async () => {
            const inbox = await Inbox.of(consumer, `${world.id}/#`);
            await whilePublishing(producers, async () => {
              const back = [consumer, ...clients].map(connectedAgain);
              await broker.kill();
              for (const [topic, numbers] of producers.flatMap(({ delivered }) => [...delivered])) {
                acknowledged.set(topic, new Set(numbers));
              }
              await broker.restart();
              await Promise.all(back);
            });
            const last = await lastOf(producers);
            await inbox.until(new Map([...last].filter(([topic]) => topic.endsWith('/1'))));
            for (const producer of producers) {
              expect(producer.failed).to.deep.equal([]);
              expect(producer.settled).to.equal(producer.published);
              // of QoS 2, nobody can tell which of its steps it has forgotten
              const topic = producer.topics[0]!;
              const lost = inbox.missing(producer, topic);
              expect(lost.filter(number => !acknowledged.get(topic)?.has(number))).to.deep.equal([]);
              expectInOrder(inbox, [topic]);
            }
          };
          await within(20_000, work(), known);
          await world.disconnect();
        });
      }
    });
  }
});

/** A connection after the present one is lost. */
function connectedAgain(client: MqttClient): Promise<unknown> {
  let lost = false;
  return firstValueFrom(
    client.connection$.pipe(
      map(({ status }) => {
        lost ||= status === 'reconnecting';
        return lost && status === 'connected';
      }),
      filter(Boolean),
    ),
  );
}
