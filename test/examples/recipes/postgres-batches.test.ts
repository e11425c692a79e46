import { expect } from 'chai';
import pg from 'pg';
import { ReplaySubject, Subject, firstValueFrom, retry, take, tap, toArray } from 'rxjs';
import { readingSchema, readingsIntoPostgres } from '../../../examples/recipes/batches/postgres.js';
import { closedAfterEach, published, settled, watch } from '../../broker/support.js';
import { type Mosquitto, describeMosquitto, startMosquitto } from '../../support/mosquitto.js';
import { type Postgres, describePostgres, startPostgres } from '../../support/postgres.js';
import { until } from '../../store/recipes/exactly-once/until.js';

describePostgres('the recipe of batches: PostgreSQL', () => {
  describeMosquitto('from mosquitto', () => {
    const client = closedAfterEach();
    let server: Postgres;
    let broker: Mosquitto;
    let pool: pg.Pool;
    let administrator: pg.Client;

    before(async function () {
      this.timeout(60_000);
      server = startPostgres();
      broker = await startMosquitto({ config: ['max_inflight_messages 100'] });
    });
    after(async () => {
      await broker.stop();
      server.stop();
    });
    beforeEach(async () => {
      const config = { host: server.directory, user: server.user, database: 'postgres' };
      administrator = new pg.Client(config);
      await administrator.connect();
      await administrator.query(`DROP TABLE IF EXISTS reading; ${readingSchema}`);
      pool = new pg.Pool({ ...config, application_name: 'recipe' });
      pool.on('error', () => undefined);
    });
    afterEach(async () => {
      await pool.end();
      await administrator.end();
    });

    const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
    /** Starts the recipe, and publishes readings of the seconds. */
    const start = async (clientId: string, count: number) => {
      const mqtt = client(broker.url, { clean: false, clientId });
      const packets = watch(mqtt);
      const inserted$ = new ReplaySubject<number>();
      const failed$ = new Subject<number>();
      const failed = firstValueFrom(failed$, { defaultValue: -1 });
      const granted = settled(mqtt, 'subscribe', 'sensors/+/reading');
      const pubacks = () => packets.sent('puback').length;
      readingsIntoPostgres(mqtt, pool, { count, ms: 60_000 })
        .pipe(tap({ error: () => failed$.next(pubacks()) }), retry({ delay: 10 }))
        .subscribe(inserted$);
      await granted;
      const sensor = client(broker.url);
      return {
        mqtt,
        pubacks,
        failed,
        first: (batches: number) => firstValueFrom(inserted$.pipe(take(batches), toArray())),
        publish: (...seconds: readonly number[]) =>
          Promise.all(
            seconds.map(second =>
              published(sensor, 'sensors/attic/reading', JSON.stringify({ at: at(second), celsius: second / 2 }), {
                qos: 1,
              }),
            ),
          ),
        publishText: (text: string) => published(sensor, 'sensors/attic/reading', text, { qos: 1 }),
      };
    };
    const rows = async () => (await administrator.query('SELECT * FROM reading ORDER BY at')).rows as unknown[];
    const row = (second: number) => ({ sensor: 'attic', at: new Date(at(second)), celsius: second / 2 });
    /** Has the next insert wait, until `release()`. */
    const lockTable = async () => {
      await administrator.query('BEGIN; LOCK TABLE reading');
      return { release: () => administrator.query('COMMIT') };
    };
    const inserts = `FROM pg_stat_activity WHERE application_name = 'recipe' AND wait_event_type = 'Lock'`;
    const insertWaits = () => until(async () => (await administrator.query(`SELECT pid ${inserts}`)).rowCount === 1);

    it('inserts a batch in one transaction, and acknowledges its messages after COMMIT', async () => {
      const { publish, first, pubacks } = await start('commit', 3);
      const { release } = await lockTable();
      await publish(1, 2, 3, 4, 5, 6, 7);
      await insertWaits();
      expect(pubacks()).to.equal(0);
      await release();
      expect(await first(2)).to.deep.equal([3, 3]);
      expect(await rows()).to.deep.equal([1, 2, 3, 4, 5, 6].map(row));
      expect(pubacks()).to.equal(6);
    });

    it('acknowledges nothing when the transaction fails, and inserts the same rows afterwards', async () => {
      const { publish, first, failed, pubacks } = await start('failure', 3);
      const { release } = await lockTable();
      await publish(1, 2, 3);
      await insertWaits();
      await administrator.query(`SELECT pg_terminate_backend(pid) ${inserts}`);
      expect(await failed).to.equal(0);
      await release();
      expect(await first(1)).to.deep.equal([3]);
      expect(await rows()).to.deep.equal([1, 2, 3].map(row));
      expect(pubacks()).to.equal(3);
    });

    it('inserts a reading once that comes twice, and none that is invalid', async () => {
      const { mqtt, publish, publishText, first } = await start('twice', 3);
      const invalid = firstValueFrom(mqtt.undecodable$.pipe(take(2), toArray()));
      await publishText('{"at":"yesterday","celsius":1}');
      await publishText('{"at":"2026-01-01T00:00:00Z","celsius":"1"}');
      await publish(1, 2, 1);
      expect(await first(1)).to.deep.equal([2]);
      expect(await rows()).to.deep.equal([1, 2].map(row));
      expect(await invalid).to.have.length(2);
    });
  });
});
