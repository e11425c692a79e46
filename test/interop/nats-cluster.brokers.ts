import { expect } from 'chai';
import { filter, firstValueFrom, from, ignoreElements, lastValueFrom, mergeMap, tap } from 'rxjs';
import { closedAfterEach, connected, inState, subscribed, unique } from '../broker/support.js';
import { describeWith } from '../support/brokers/broker.js';
import { type NatsCluster, nats, startNatsCluster } from '../support/brokers/nats.js';
import { loopback } from '../support/ports.js';
import { describeWithoutLeaks } from '../support/resources.js';

const total = 2_000;

describe('interoperability', () =>
  describeWith(nats, 'NATS as a cluster of three', () =>
    describeWithoutLeaks('a node is killed', () => {
      const clients = closedAfterEach();
      let cluster: NatsCluster;
      beforeEach('start the cluster', async function () {
        this.timeout(60_000);
        cluster = await startNatsCluster();
      });
      afterEach('stop the cluster', async () => cluster?.stop());

      const client = (first: number, clientId: string) =>
        clients(
          [0, 1, 2].map(i => `mqtt://${loopback}:${cluster.ports[(first + i) % 3]}`),
          {
            clean: false,
            clientId,
            protocolVersion: 4,
            connectTimeout: 5_000,
            ackTimeout: 3_000,
            reconnect: { initial: 200, max: 1_000 },
            queue: { maxMessages: total },
          },
        );

      for (const [who, publisherAt, consumerAt] of [
        ['the node of both', 0, 0],
        ['the node of the consumer', 1, 0],
        ['the node of the publisher', 0, 1],
      ] as const) {
        it(`${who}, while QoS 1 flows through a durable session: they fail over, and nothing is lost`, async function () {
          this.timeout(120_000);
          const topic = `cluster/${unique()}`;
          const consumer = client(consumerAt, unique());
          const publisher = client(publisherAt, unique());
          const inbox = await subscribed(consumer, topic, { qos: 1 });
          await connected(publisher);

          const wanted = Array.from({ length: total }, (_, i) => `${i}`);
          const missing = new Set(wanted);
          const all = firstValueFrom(
            consumer.topic$(topic, { qos: 1 }).pipe(
              tap(message => missing.delete(message.text())),
              filter(() => missing.size === 0),
            ),
          );
          const settled = lastValueFrom(
            from(wanted).pipe(mergeMap(text => publisher.publish(topic, text, { qos: 1 }).pipe(ignoreElements()), 50)),
            { defaultValue: undefined },
          );
          await inbox.first(total / 4);
          const moved = [publisher, consumer]
            .filter((_, i) => [publisherAt, consumerAt][i] === 0)
            .map(one => inState(one, 'reconnecting').then(() => inState(one, 'connected')));
          await cluster.kill(0);
          const killedAfter = inbox.messages.length;
          for (const state of await Promise.all(moved)) expect(state.url).not.to.include(`:${cluster.ports[0]}`);
          await settled; // each of them delivered: none was refused or given up
          await all;
          expect(killedAfter).to.be.lessThan(total);
          expect([...missing]).to.deep.equal([]);
        });
      }
    }),
  ));
