import { expect } from 'chai';
import { firstValueFrom } from 'rxjs';
import type { AckableMessage } from '../../src/index.js';
import { connected, describeOnMosquitto, inState, published } from './support.js';

describeOnMosquitto('messages acknowledged by hand, and a connection that is lost', 5, bench => {
  it('QoS 1 comes again with DUP, QoS 2 once; then all is acknowledged', async () => {
    const topic = bench.unique();
    const client = bench.client({ clean: false, clientId: bench.unique() });
    const sender = bench.client({}, bench.directUrl);
    await connected(sender);
    const got: AckableMessage[] = [];
    let came: () => void = () => undefined;
    const until = async (count: number) => {
      while (got.length < count) await new Promise<void>(resolve => (came = resolve));
    };
    client.topic$(`${topic}/#`, { qos: 2, ack: 'manual' }).subscribe(message => {
      got.push(message);
      came();
    });
    await firstValueFrom(client.ack$);
    await published(sender, `${topic}/one`, 'x', { qos: 1 });
    await published(sender, `${topic}/two`, 'y', { qos: 2 });
    await until(2);

    await bench.proxy.stop();
    await inState(client, 'reconnecting');
    await bench.proxy.start();
    await inState(client, 'connected');
    await until(3);
    const words = got.map(({ text, qos, dup, stale }, i) => [text.call(got[i]), qos, dup, stale]);
    expect(words).to.deep.equal([
      ['x', 1, false, true],
      ['y', 2, false, false],
      ['x', 1, true, false],
    ]);
    expect(got.map(message => message.ack())).to.deep.equal([false, true, true]);

    await published(sender, `${topic}/last`, 'z', { qos: 2 });
    await until(4);
    expect(got[3]!.text()).to.equal('z');
    got[3]!.ack();
    await firstValueFrom(client.reconnect());
    await published(sender, `${topic}/last`, 'end', { qos: 2 });
    await until(5);
    expect(got.slice(4).map(message => message.text())).to.deep.equal(['end']);
  });
});
