import { expect } from 'chai';
import { ReplaySubject, Subject, filter, firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import type { AckableMessage, MqttClient, QoS, Subscribed, TopicOptions } from '../../src/index.js';
import { sent } from '../../src/index.js';
import { startAedes } from '../support/aedes.js';
import { Browser } from './support.js';

/** Subscribes, and returns the messages when the broker has granted the filter. */
export async function granted(client: MqttClient, topic: string, options: TopicOptions = {}) {
  const granted$ = new Subject<Subscribed>();
  const message$ = new ReplaySubject<AckableMessage>();
  const stream = (client.topic$(topic, { ...options, subscribeObserver: granted$ }) as typeof message$).subscribe(
    message$,
  );
  // a refusal errors the stream
  const answer = await Promise.race([firstValueFrom(granted$), lastValueFrom(message$)]);
  return { message$, stream, answer: answer as Subscribed };
}

const publish = (client: MqttClient, topic: string, text: string, qos: QoS = 1) =>
  lastValueFrom(client.publish(topic, text, { qos }));

describe('messages of a shared client', () => {
  let browser: Browser;
  beforeEach(() => (browser = new Browser()));
  afterEach(() => browser.close());

  for (const qos of [0, 1, 2] as const) {
    it(`go between tabs over one connection with QoS ${qos} and their properties`, async () => {
      const [first, second] = [browser.open().client, browser.open().client];
      const { message$ } = await granted(first, 'a/+id', { qos });
      const properties = {
        contentType: 'text/plain',
        responseTopic: 'replies',
        correlationData: Uint8Array.of(1, 2),
        userProperties: [['k', 'v']] as const,
      };
      const result = await lastValueFrom(second.publish('a/b', 'x', { qos, properties, retain: true }));
      expect(result.reached).to.equal('acknowledged');
      const message = await firstValueFrom(message$);
      expect(message).to.include({ topic: 'a/b', qos });
      expect(message.text()).to.equal('x');
      expect(message.params).to.deep.equal({ id: 'b' });
      expect(message.properties).to.deep.include(properties);
      expect(browser.broker.sessions).to.have.length(1);
    });
  }

  it('keep their order', async () => {
    const [first, second] = [browser.open().client, browser.open().client];
    const { message$ } = await granted(first, '#', { qos: 2 });
    const texts = Array.from({ length: 500 }, (_, i) => `${i}`);
    const outcome$ = second.publishAll(texts.map(payload => ({ topic: 'a', payload, qos: 1 as const })));
    const received = firstValueFrom(message$.pipe(take(texts.length), toArray()));
    await lastValueFrom(outcome$);
    expect((await received).map(message => message.text())).to.deep.equal(texts);
  });

  it('are acknowledged to the broker when the tab has acknowledged [S214]', async () => {
    const { client } = browser.open();
    const { message$ } = await granted(client, 'a', { ack: 'manual' });
    const acknowledged = firstValueFrom(browser.shared.packet$.pipe(sent('puback')));
    let isAcknowledged = false;
    void acknowledged.then(() => (isAcknowledged = true));
    await publish(client, 'a', 'x');
    const message = await firstValueFrom(message$);
    expect(isAcknowledged).to.equal(false);
    message.ack();
    await acknowledged;
  });

  it('are refused to the broker when the tab has refused them', async () => {
    const { client } = browser.open();
    const { message$ } = await granted(client, 'a', { ack: 'manual' });
    const refused = firstValueFrom(browser.shared.packet$.pipe(sent('puback')));
    await publish(client, 'a', 'x');
    (await firstValueFrom(message$)).reject(0x99);
    expect(await refused).to.include({ reasonCode: 0x99 });
  });

  it('go to the next tab that takes the filter when a tab has died with them [S214]', async () => {
    const [first, second] = [browser.open(), browser.open()];
    const { message$ } = await granted(first.client, 'a', { ack: 'manual' });
    await publish(second.client, 'a', 'x');
    await firstValueFrom(message$);
    first.crash();
    const taken = await firstValueFrom(second.client.topic$('a'));
    expect(taken.text()).to.equal('x');
  });

  it('enter a tab no faster than its Receive Maximum', async () => {
    const { client } = browser.open({ properties: { receiveMaximum: 2 } });
    const { message$ } = await granted(client, 'a', { ack: 'manual' });
    const taken: AckableMessage[] = [];
    const third$ = new Subject<void>();
    message$.subscribe(message => {
      taken.push(message);
      if (taken.length === 3) third$.next();
    });
    for (const text of ['1', '2', '3']) await publish(client, 'a', text);
    expect(taken.map(message => message.text())).to.deep.equal(['1', '2']);
    const arrived = firstValueFrom(third$);
    taken[0]!.ack();
    await arrived;
    expect(taken[2]!.text()).to.equal('3');
  });

  it('say in a tab why the broker refused them', async () => {
    browser.close();
    browser = new Browser({ broker: { authorize: (_, action) => action !== 'publish' } });
    const error: unknown = await publish(browser.open().client, 'a', 'x').catch((cause: unknown) => cause);
    expect(error).to.include({ code: 'PUBLISH_REFUSED', reasonCode: 0x87 });
  });

  it('come once per stream where filters of one tab overlap', async () => {
    const { client } = browser.open();
    const [all, one] = [await granted(client, 'a/#'), await granted(client, 'a/b')];
    for (const text of ['1', '2']) await publish(client, 'a/b', text);
    for (const { message$ } of [all, one]) {
      const texts = await firstValueFrom(message$.pipe(take(2), toArray()));
      expect(texts.map(message => message.text())).to.deep.equal(['1', '2']);
    }
  });
});

describe('subscriptions of a shared client', () => {
  let browser: Browser;
  beforeEach(() => (browser = new Browser()));
  afterEach(() => browser.close());

  it('are one subscription at the broker, which the last tab ends [S213]', async () => {
    const [first, second] = [browser.open().client, browser.open().client];
    const requests: string[] = [];
    browser.shared.packet$
      .pipe(filter(({ direction, packet }) => direction === 'sent' && packet.cmd.endsWith('subscribe')))
      .subscribe(({ packet }) => requests.push(packet.cmd));
    const [one, two] = [
      await granted(first, 'a', { retainHandling: 2 }),
      await granted(second, 'a', { retainHandling: 2 }),
    ];
    one.stream.unsubscribe();
    await publish(first, 'a', 'x');
    expect((await firstValueFrom(two.message$)).text()).to.equal('x');
    expect(requests).to.deep.equal(['subscribe']);
    const ended = firstValueFrom(browser.shared.packet$.pipe(sent('unsubscribe')));
    two.stream.unsubscribe();
    expect((await ended).filters).to.deep.equal(['a']);
  });

  it('say which QoS the broker grants, and why it refuses', async () => {
    browser.close();
    browser = new Browser({
      broker: { connack: { maximumQoS: 1 }, authorize: (_, __, topic) => topic !== 'secret' },
    });
    const { client } = browser.open();
    const { answer } = await granted(client, 'a', { qos: 1 });
    expect(answer.reasonCodes).to.deep.equal([1]);
    const error: unknown = await granted(client, 'secret').catch((cause: unknown) => cause);
    expect(error).to.include({ code: 'SUBSCRIBE_REFUSED', reasonCode: 0x87 });
  });
});

describe('a shared client of a real broker', () => {
  it('of 3.1.1 serves tabs with QoS 2, requests and retained messages', async () => {
    const aedes = await startAedes();
    const browser = new Browser({ url: aedes.url });
    try {
      const [first, second, third] = [browser.open().client, browser.open().client, browser.open().client];
      const { message$ } = await granted(first, 'a', { qos: 2 });
      await lastValueFrom(second.publish('a', 'x', { qos: 2, retain: true }));
      expect((await firstValueFrom(message$)).text()).to.equal('x');
      const retained = await firstValueFrom(third.topic$('a'));
      expect(retained.retain).to.equal(true);
      second.respond('sum', request => `${request.text()}!`).subscribe();
      await granted(second, 'granted after the responder');
      const reply = await firstValueFrom(first.request('sum', '1', { timeout: 2000 }));
      expect(reply.text()).to.equal('1!');
      expect(aedes.connections()).to.equal(1);
    } finally {
      browser.close();
      await aedes.close();
    }
  });
});
