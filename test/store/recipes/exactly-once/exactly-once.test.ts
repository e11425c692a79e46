import { expect } from 'chai';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { type MqttClient, mqtt } from '../../../../src/index.js';
import { seeded } from '../../../broker/seeded.js';
import { type Mosquitto, describeMosquitto, startMosquitto } from '../../../support/mosquitto.js';
import { describePostgres } from '../../../support/postgres.js';
import { type TestDatabase, startPostgresDatabase, startSqliteDatabase } from './databases.js';
import { KilledProgram, type ProgramArguments, sizeOfRun } from './killed-program.js';
import { until } from './until.js';

const { kills, messages } = sizeOfRun();
const LAST = 'the last one';
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i));

const ways = [
  { protocolVersion: 5, deliverQos2: 'publish' },
  { protocolVersion: 4, deliverQos2: 'release' },
] as const;

/** Without a bound in flight, because mosquitto 2.0 sends a new message before those that wait for room in flight. */
const config = ['max_queued_messages 0', 'max_inflight_messages 0'];

function describeRecipes(engine: 'postgres' | 'sqlite', start: () => Promise<TestDatabase>): void {
  let broker: Mosquitto;
  let database: TestDatabase;
  let client: MqttClient;
  let program: KilledProgram;
  before(async function () {
    this.timeout(60_000);
    database = await start();
  });
  after(() => database.stop());
  beforeEach(async () => {
    await database.clear();
    broker = await startMosquitto({ persistence: true, config });
    client = mqtt(broker.url);
  });
  afterEach(async () => {
    await lastValueFrom(client.disconnect(), { defaultValue: undefined });
    await broker.stop();
    program.remove();
  });

  const prepare = async (given: Pick<ProgramArguments, 'recipe' | 'protocolVersion' | 'deliverQos2'>, seed: number) => {
    program = new KilledProgram({ engine, url: broker.url, database: database.address, ...given }, seeded(seed));
    await program.prepare();
  };
  const report = () => {
    if (process.env.EXACTLY_ONCE !== undefined) console.log(program.deaths);
  };

  for (const [seed, way] of ways.entries()) {
    const { protocolVersion, deliverQos2 } = way;
    it(`has one row for each QoS 2 message, version ${protocolVersion}, deliverQos2 '${deliverQos2}'`, async function () {
      this.timeout(30_000 + kills * 3000);
      await prepare({ recipe: 'inbox', ...way }, seed);
      await program.runUntil(steps => until(() => steps().includes('s')));
      const send = (payload: string) => lastValueFrom(client.publish('in', payload, { qos: 2 }));
      for (let round = 0; round < kills; round++) {
        const from = (round * messages) / kills;
        await Promise.all([...numbers(from, from + messages / kills).map(send), program.runAndKill()]);
      }
      await send(LAST);
      await program.runUntil(() => until(async () => (await database.received()).at(-1) === LAST));
      report();
      expect(await database.received()).to.deep.equal([...numbers(0, messages), LAST]);
      expect(program.deaths['in a transaction, before its row']).to.be.above(0);
      expect(program.deaths['in a transaction, after its row']).to.be.above(0);
      expect(program.deaths['between commit and ack']).to.be.above(0);
    });
  }

  for (const { protocolVersion } of ways)
    it(`publishes each row of an outbox table once, in order, version ${protocolVersion}`, async function () {
      this.timeout(30_000 + kills * 3000);
      await prepare({ recipe: 'outbox', protocolVersion, deliverQos2: 'publish' }, 2);
      const published: string[] = [];
      client.topic$('out', { qos: 2 }).subscribe(message => published.push(message.text()));
      await firstValueFrom(client.ack$);
      for (let round = 0; round < kills; round++) {
        const from = (round * messages) / kills;
        for (const payload of numbers(from, from + messages / kills)) await database.send(payload);
        await program.runAndKill();
      }
      await database.send(LAST);
      await program.runUntil(() => until(() => published.at(-1) === LAST));
      report();
      expect(published).to.deep.equal([...numbers(0, messages), LAST]);
      expect(await database.waiting()).to.equal(0);
      expect(program.deaths['in a batch of the client']).to.be.above(0);
      expect(program.deaths['after a batch of the client']).to.be.above(0);
    });
}

describeMosquitto('exactly once into the database of the user, though its process is killed', () => {
  describe('SQLite', () => describeRecipes('sqlite', startSqliteDatabase));
  describePostgres('PostgreSQL', () => describeRecipes('postgres', startPostgresDatabase));
});
