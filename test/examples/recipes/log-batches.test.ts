import { expect } from 'chai';
import { ReplaySubject, firstValueFrom, retry, take, tap, toArray } from 'rxjs';
import { type Log, type LogRecord, appendToLog } from '../../../examples/recipes/batches/log.js';
import { type MqttClient, received } from '../../../src/index.js';
import { closed, closedAfterEach, failure, published, settled, watch } from '../../broker/support.js';
import { type AedesServer, startAedes } from '../../support/aedes.js';
import { describeWithoutLeaks } from '../../support/resources.js';

/** Longer than any test. */
const NEVER = 60_000;

/** A log in memory, whose next appends can fail. */
class MemoryLog implements Log {
  readonly records: LogRecord[] = [];
  readonly sizes: number[] = [];
  failures = 0;

  async append(records: readonly LogRecord[]): Promise<bigint[]> {
    if (this.failures-- > 0) throw new Error('the log is not available');
    this.sizes.push(records.length);
    return records.map(record => BigInt(this.records.push(record) - 1));
  }

  /** The texts of one key. */
  of(key: string): string[] {
    return this.records.filter(record => record.key === key).map(({ value }) => new TextDecoder().decode(value));
  }
}

describeWithoutLeaks('the recipe of batches: a log', () => {
  const client = closedAfterEach();
  const session = { clean: false, clientId: 'log' } as const;
  let broker: AedesServer;
  let log: MemoryLog;
  beforeEach(async () => {
    broker = await startAedes();
    log = new MemoryLog();
  });
  afterEach(() => broker.close());

  const publishAll = async (messages: readonly (readonly [topic: string, text: string])[]) => {
    const sensors = client(broker.url);
    await Promise.all(messages.map(([topic, text]) => published(sensors, topic, text, { qos: 1 })));
  };
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));
  const pubacks = (packets: ReturnType<typeof watch>) => packets.sent('puback').length;
  const subscribed = async (mqtt: MqttClient, subscribe: () => void) => {
    const granted = settled(mqtt, 'subscribe', '#');
    subscribe();
    await granted;
  };

  it('appends by count, in the order of each topic, and acknowledges what is appended', async () => {
    const mqtt = client(broker.url, session);
    const packets = watch(mqtt);
    const offsets$ = new ReplaySubject<readonly bigint[]>();
    await subscribed(mqtt, () => appendToLog(mqtt, '#', log, { count: 4, ms: NEVER }).subscribe(offsets$));
    await publishAll(numbers(10).map(text => [`t/${Number(text) % 2}`, text]));

    expect(await firstValueFrom(offsets$.pipe(take(2), toArray()))).to.deep.equal([
      [0n, 1n, 2n, 3n],
      [4n, 5n, 6n, 7n],
    ]);
    expect(log.of('t/0')).to.deep.equal(['0', '2', '4', '6']);
    expect(log.of('t/1')).to.deep.equal(['1', '3', '5', '7']);
    expect(pubacks(packets)).to.equal(8); // two are in a batch that is not complete
  });

  it('appends by time what has come', async () => {
    const mqtt = client(broker.url, session);
    const offsets$ = new ReplaySubject<readonly bigint[]>();
    await subscribed(mqtt, () => appendToLog(mqtt, '#', log, { ms: 20 }).subscribe(offsets$));
    await publishAll([['t', 'alone']]);
    expect(await firstValueFrom(offsets$)).to.deep.equal([0n]);
    expect(log.of('t')).to.deep.equal(['alone']);
  });

  it('acknowledges nothing of a batch that failed, and appends the same messages when it is subscribed again', async () => {
    const mqtt = client(broker.url, session);
    const packets = watch(mqtt);
    log.failures = 2;
    const sent: number[] = [];
    const offsets$ = new ReplaySubject<readonly bigint[]>();
    await subscribed(mqtt, () =>
      appendToLog(mqtt, '#', log, { count: 3, ms: NEVER })
        .pipe(tap({ error: () => sent.push(pubacks(packets)) }), retry({ delay: 10 }))
        .subscribe(offsets$),
    );
    await publishAll(numbers(6).map(text => ['t', text]));
    await firstValueFrom(offsets$.pipe(take(2), toArray()));
    expect(sent).to.deep.equal([0, 0]);
    expect(log.of('t')).to.deep.equal(numbers(6));
    expect(pubacks(packets)).to.equal(6);
  });

  it('leaves with the broker what is not appended when the process ends', async () => {
    const first = client(broker.url, session);
    log.failures = 1;
    const failed = failure(appendToLog(first, '#', log, { count: 3, ms: NEVER }));
    await settled(first, 'subscribe', '#');
    await publishAll(numbers(3).map(text => ['t', text]));
    expect(await failed).to.have.property('message', 'the log is not available');
    await closed(first);

    const offsets$ = new ReplaySubject<readonly bigint[]>();
    appendToLog(client(broker.url, session), '#', log, { count: 3, ms: NEVER }).subscribe(offsets$);
    expect(await firstValueFrom(offsets$)).to.deep.equal([0n, 1n, 2n]);
    expect(log.of('t')).to.deep.equal(numbers(3));
  });

  it('does not append a message twice that comes again after a lost connection', async () => {
    const mqtt = client(broker.url, session);
    const offsets$ = new ReplaySubject<readonly bigint[]>();
    await subscribed(mqtt, () => appendToLog(mqtt, '#', log, { count: 6, ms: NEVER }).subscribe(offsets$));
    const arrived = firstValueFrom(mqtt.packet$.pipe(received('publish'), take(3), toArray()));
    await publishAll(numbers(3).map(text => ['t', text]));
    await arrived;
    broker.cut(); // the three are in a batch, and come again into the same one
    expect(await firstValueFrom(offsets$)).to.deep.equal([0n, 1n, 2n]);
    expect(log.of('t')).to.deep.equal(numbers(3));
    expect(log.sizes).to.deep.equal([3]);
  });
});
