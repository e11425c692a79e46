import { expect } from 'chai';
import { lastValueFrom } from 'rxjs';
import { closed, connected, describeBrokers, published, subscribed, texts, watch } from './support.js';

describeBrokers('wills', bench => {
  async function withWill() {
    const [watcher, dying] = [bench.client({}, bench.directUrl), bench.client({ will: will() })];
    const { topic } = last;
    const inbox = await subscribed(watcher, topic, { qos: 2 });
    await connected(dying);
    return { watcher, dying, inbox, topic, packets: watch(dying) };
  }
  const last = { topic: '' };
  const will = () => ({ topic: (last.topic = bench.unique()), payload: 'gone', qos: 2, retain: true }) as const;

  it('N3: the broker publishes the will when the link is cut', async () => {
    const { watcher, dying, inbox, topic } = await withWill();
    await bench.proxy.stop();
    const [message] = await inbox.first(1);
    expect(message).to.include({ topic, qos: 2 });
    expect(message?.text()).to.equal('gone');
    await Promise.all([closed(watcher), closed(dying)]);
  });

  it('P8: disconnect({ will: true }) has it published before a graceful end', async () => {
    const { dying, inbox, packets } = await withWill();
    await lastValueFrom(dying.disconnect({ will: true }), { defaultValue: undefined });
    expect(texts(await inbox.first(1))).to.deep.equal(['gone']);
    expect(packets.sent('disconnect')).to.deep.equal([bench.spoken === 5 ? 'DISCONNECT 0x4' : 'DISCONNECT']);
    expect(packets.sent('publish')).to.have.length(bench.spoken === 5 ? 0 : 1);
  });

  it('P8: disconnect() leaves without it', async () => {
    const { watcher, dying, inbox, topic } = await withWill();
    await closed(dying);
    await published(watcher, topic, 'alive', { qos: 1 });
    expect(texts(await inbox.before('alive'))).to.deep.equal([]);
  });
});
