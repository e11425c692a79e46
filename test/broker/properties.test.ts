import { expect } from 'chai';
import { closed, connected, describeOnMosquitto, inState, listen, published, subscribed, texts } from './support.js';

describeOnMosquitto('properties of wills, sessions and limits', 5, bench => {
  const will = (topic: string, willDelayInterval: number) => ({
    topic,
    payload: 'gone',
    qos: 1 as const,
    properties: {
      willDelayInterval,
      payloadFormatIndicator: true,
      messageExpiryInterval: 100,
      contentType: 'text/plain',
      responseTopic: 'answers',
      correlationData: Uint8Array.of(0, 255),
      userProperties: [
        ['b', '2'],
        ['a', '1'],
        ['b', '2'],
      ] as const,
    },
  });

  it('a will comes with its properties, after its delay', async () => {
    const topic = bench.unique();
    const inbox = await subscribed(bench.client({}, bench.directUrl), topic);
    const dying = bench.client({ sessionExpiry: 60, will: will(topic, 1) });
    await connected(dying);
    const began = performance.now();
    await bench.proxy.stop();
    const [message] = await inbox.first(1);
    expect(performance.now() - began).to.be.above(900);
    const { messageExpiryInterval: _, correlationData, ...rest } = message!.properties;
    expect(rest).to.deep.equal({
      payloadFormatIndicator: true,
      contentType: 'text/plain',
      responseTopic: 'answers',
      userProperties: will(topic, 1).properties.userProperties,
    });
    expect([...correlationData!]).to.deep.equal([0, 255]);
  });

  it('a will with a delay is not published when the session is resumed before', async () => {
    const topic = bench.unique();
    const watcher = bench.client({}, bench.directUrl);
    const inbox = await subscribed(watcher, topic);
    const back = bench.client({ sessionExpiry: 60, will: will(topic, 1) });
    await connected(back);
    await bench.proxy.stop();
    await inState(back, 'reconnecting');
    await bench.proxy.start();
    expect((await inState(back, 'connected')).connack).to.include({ sessionPresent: true });
    // the will of another, later and with the same delay, is there: the first would have been, too
    const dying = bench.client({ sessionExpiry: 60, will: { ...will(topic, 1), payload: 'end' } });
    await connected(dying);
    await closed(back);
    await bench.proxy.stop();
    expect(texts(await inbox.before('end'))).to.deep.equal([]);
    await bench.proxy.start();
  });

  it('a message that has expired at the broker does not come', async () => {
    const session = { clean: false, clientId: bench.unique(), sessionExpiry: 600 };
    const topic = bench.unique();
    const [first, second] = [bench.client(session), bench.client(session)];
    const publisher = bench.client({}, bench.directUrl);
    await subscribed(first, topic);
    await closed(first);
    await published(publisher, topic, 'short', { qos: 1, properties: { messageExpiryInterval: 1 } });
    // a will that is due in 2 s is the clock
    const tick = bench.unique();
    const clock = await subscribed(publisher, tick);
    const dying = bench.client({ sessionExpiry: 60, will: will(tick, 2) });
    await connected(dying);
    await bench.proxy.stop();
    await clock.first(1);
    await bench.proxy.start();
    await published(publisher, topic, 'end', { qos: 1 });
    expect(texts(await listen(second, topic).before('end'))).to.deep.equal([]);
  });

  it('what is larger than our Maximum Packet Size the broker leaves out', async () => {
    const topic = bench.unique();
    const small = bench.client({ properties: { maximumPacketSize: 200 } });
    const inbox = await subscribed(small, topic);
    await published(bench.client(), topic, new Uint8Array(500), { qos: 1 });
    await published(bench.client(), topic, 'end', { qos: 1 });
    expect(await inbox.before('end')).to.deep.equal([]);
    expect(small.connection.status).to.equal('connected');
  });
});
