import { expect } from 'chai';
import { filter, firstValueFrom, map, retry, take, timer, toArray } from 'rxjs';
import { connected, describeOnMosquitto, published } from './support.js';

describeOnMosquitto('consume() whose handlers fail, with retry() behind it', 5, bench => {
  it('handles every message, in order, on one connection: more of them than the window of the broker [S80]', async () => {
    const topic = bench.unique();
    const client = bench.client({ clean: false, clientId: bench.unique() });
    const sender = bench.client({}, bench.directUrl);
    await connected(sender);
    const total = 60; // mosquitto sends 20 that are not acknowledged
    const failing = new Set(['3', '4', '25', '50']);
    const done$ = client
      .consume(
        topic,
        message => {
          if (failing.delete(message.text())) throw new Error('not yet');
          return timer(1);
        },
        { concurrency: 3, linger: 10_000 },
      )
      .pipe(
        retry({ delay: 30 }),
        filter(({ status }) => status === 'done'),
        map(({ message }) => Number(message.text())),
      );
    const done = firstValueFrom(done$.pipe(take(total), toArray()));
    await firstValueFrom(client.ack$.pipe(filter(({ kind }) => kind === 'subscribe')));
    for (let i = 1; i <= total; i++) await published(sender, topic, String(i), { qos: 1 });
    expect(new Set(await done)).to.have.property('size', total);
    expect(failing.size).to.equal(0);
    const stats = await firstValueFrom(client.stats$.pipe(filter(({ unacknowledged }) => unacknowledged === 0)));
    expect(stats.reconnects).to.equal(0);
  });
});
