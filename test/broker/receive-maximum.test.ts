import { expect } from 'chai';
import { Subject, firstValueFrom, from, mergeMap, take, tap, timer, toArray } from 'rxjs';
import type { MqttWarning } from '../../src/index.js';
import { describeMosquitto, type Mosquitto, startMosquitto } from '../support/mosquitto.js';
import { closedAfterEach, connected, quick } from './support.js';

describeMosquitto('receiveMaximum at mosquitto', () => {
  const client = closedAfterEach();
  let mosquitto: Mosquitto;
  before('start it', async () => {
    mosquitto = await startMosquitto();
  });
  after('stop it', () => mosquitto.stop());

  it('1,000 messages of QoS 1 are handled at a receive maximum of 100, 4 at a time [S104]', async function () {
    this.timeout(30_000);
    const options = { ...quick, protocolVersion: 5, clean: false, clientId: 'consumer' } as const;
    const consumer = client(mosquitto.url, { ...options, properties: { receiveMaximum: 100 } });
    const publisher = client(mosquitto.url, quick);
    const handled = new Set<string>();
    const all$ = new Subject<void>();
    const warnings: MqttWarning['code'][] = [];
    consumer.warning$.subscribe(({ code }) => warnings.push(code));
    const all = firstValueFrom(all$);
    const running = consumer
      .consume('work', message => timer(5).pipe(tap(() => handled.add(message.text()))), { concurrency: 4 })
      .subscribe(() => handled.size === 1000 && all$.next());
    await connected(consumer);
    await connected(publisher);
    await firstValueFrom(
      from(Array.from({ length: 1000 }, (_, index) => String(index))).pipe(
        mergeMap(text => publisher.publish('work', text, { qos: 1 }).pipe(take(1))),
        toArray(),
      ),
    );
    await all;
    expect(handled.size).to.equal(1000);
    // a mosquitto that keeps to the maximum gives no cause for one
    expect(warnings.filter(code => code !== 'RECEIVE_MAXIMUM_IGNORED')).to.deep.equal([]);
    running.unsubscribe();
  });

  it('2,000 messages of QoS 2 in 3.1.1 all arrive, though it drops what exceeds its bound [S180]', async function () {
    this.timeout(30_000);
    const count = 2000;
    const consumer = client(mosquitto.url, quick);
    const publisher = client(mosquitto.url, { ...quick, protocolVersion: 4 });
    const arrived = new Set<string>();
    const all$ = new Subject<void>();
    const all = firstValueFrom(all$);
    // with QoS 0 mosquitto queues nothing, so that no other bound of it matters
    consumer.topic$('exactly-once', { qos: 0 }).subscribe(message => {
      arrived.add(message.text());
      if (arrived.size === count) all$.next();
    });
    await firstValueFrom(consumer.ack$);
    const messages = Array.from(
      { length: count },
      (_, i) => ({ topic: 'exactly-once', payload: String(i), qos: 2 }) as const,
    );
    const outcomes = await firstValueFrom(publisher.publishAll(messages).pipe(toArray()));
    await all;
    expect(arrived.size).to.equal(count);
    expect(outcomes.filter(({ status }) => status !== 'published')).to.deep.equal([]);
  });
});
