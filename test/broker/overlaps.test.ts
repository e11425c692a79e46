import { expect } from 'chai';
import { firstValueFrom } from 'rxjs';
import { HeldAnswers } from './held-answers.js';
import {
  type Inbox,
  connected,
  describeOnMosquitto,
  inState,
  listen,
  published,
  settled,
  subscribed,
  texts,
} from './support.js';

/** What each got before the last message, which all of them get. */
const before = (text: string, inboxes: readonly Inbox[]) =>
  Promise.all(inboxes.map(async inbox => texts(await inbox.before(text))));

describeOnMosquitto('filters that overlap, of one stream and of several', 5, bench => {
  for (const qos of [0, 1, 2] as const) {
    it(`each stream gets each message of QoS ${qos} once`, async () => {
      const client = bench.client();
      const t = bench.unique();
      await connected(client);
      const filters = [`${t}/#`, `${t}/+`, `${t}/b`, `+/b`, [`${t}/b`, `${t}/#`, `${t}/+`], `$share/${t}/${t}/b`];
      const inboxes = filters.map(filter => listen(client, filter, { qos }));
      await settled(client, 'subscribe', `$share/${t}/${t}/b`);
      const publisher = bench.client();
      for (const text of ['one', 'two', 'end']) await published(publisher, `${t}/b`, text, { qos });
      expect(await before('end', inboxes)).to.deep.equal(filters.map(() => ['one', 'two']));
    });
  }

  it('streams that come later and go: neither lost nor doubled', async () => {
    const [client, publisher] = [bench.client(), bench.client()];
    const t = bench.unique();
    const first = await subscribed(client, `${t}/b`);
    await published(publisher, `${t}/b`, '1', { qos: 1 });
    const second = await subscribed(client, `${t}/+`);
    await published(publisher, `${t}/b`, '2', { qos: 1 });
    const third = await subscribed(client, [`${t}/c`, `${t}/#`]);
    await published(publisher, `${t}/b`, '3', { qos: 1 });
    second.subscription.unsubscribe();
    await settled(client, 'unsubscribe', `${t}/+`);
    await published(publisher, `${t}/b`, '4', { qos: 1 });
    await published(publisher, `${t}/b`, 'end', { qos: 1 });
    expect(await before('end', [first, third])).to.deep.equal([
      ['1', '2', '3', '4'],
      ['3', '4'],
    ]);
    expect(texts(second.messages)).to.deep.equal(['2', '3']);
  });

  for (const patient of [true, false]) {
    it(`retained messages come once to each, ${patient ? 'late' : 'in the next turn, before any SUBACK'}`, async () => {
      const [client, publisher] = [bench.client(), bench.client()];
      const t = bench.unique();
      for (const name of ['b', 'c'])
        await published(publisher, `${t}/${name}`, `kept ${name}`, { qos: 1, retain: true });
      await connected(client);
      const inboxes: Inbox[] = [];
      let answered: Promise<unknown> = Promise.resolve();
      for (const filters of [`${t}/b`, `${t}/+`, [`${t}/b`, `${t}/c`, `${t}/#`]]) {
        answered = settled(client, 'subscribe', [filters].flat().at(-1)!);
        inboxes.push(listen(client, filters));
        if (patient) await answered;
        else await new Promise(resolve => setImmediate(resolve));
      }
      await answered;
      await published(publisher, `${t}/b`, 'end', { qos: 1 });
      expect((await before('end', inboxes)).map(each => each.sort())).to.deep.equal([
        ['kept b'],
        ['kept b', 'kept c'],
        ['kept b', 'kept c'],
      ]);
    });
  }

  it('noLocal of one stream does not touch another', async () => {
    const client = bench.client();
    const t = bench.unique();
    const others = await subscribed(client, `${t}/#`, { noLocal: true });
    const all = await subscribed(client, `${t}/b`);
    await published(client, `${t}/b`, 'mine', { qos: 1 });
    await published(bench.client(), `${t}/b`, 'end', { qos: 1 });
    expect(await before('end', [others, all])).to.deep.equal([[], ['mine']]);
  });

  it('after a cut in a session that is there', async () => {
    const client = bench.client({ clientId: bench.unique(), clean: false, sessionExpiry: 600 });
    const publisher = bench.client({}, bench.directUrl);
    const t = bench.unique();
    const inboxes = [await subscribed(client, `${t}/b`), await subscribed(client, `${t}/#`)];
    await bench.proxy.stop();
    await inState(client, 'reconnecting');
    await published(publisher, `${t}/b`, 'meanwhile', { qos: 1 });
    await bench.proxy.start();
    expect((await inState(client, 'connected')).connack).to.include({ sessionPresent: true });
    await published(publisher, `${t}/b`, 'end', { qos: 1 });
    expect(await before('end', inboxes)).to.deep.equal([['meanwhile'], ['meanwhile']]);
  });

  it('after a reconnect without a session', async () => {
    const client = bench.client();
    const t = bench.unique();
    const inboxes = [await subscribed(client, `${t}/b`), await subscribed(client, [`${t}/+`, `${t}/#`])];
    const again = settled(client, 'subscribe', `${t}/#`);
    await firstValueFrom(client.reconnect());
    await again;
    for (const text of ['after', 'end']) await published(bench.client(), `${t}/b`, text, { qos: 1 });
    expect(await before('end', inboxes)).to.deep.equal([['after'], ['after']]);
  });

  describe('while the broker’s answers to SUBSCRIBE and UNSUBSCRIBE', () => {
    const scripts: readonly [what: string, end: (answers: HeldAnswers, cut: () => void) => void][] = [
      ['are withheld and then come in their order', answers => answers.release('in order')],
      ['are withheld and then come in reverse', answers => answers.release('reversed')],
      [
        'are withheld and then lost with the connection',
        (answers, cut) => {
          answers.release('none');
          cut();
        },
      ],
    ];
    for (const [what, end] of scripts) {
      for (const qos of [1, 2] as const) {
        it(`${what}: each stream gets each message of QoS ${qos} once`, async () => {
          const answers = new HeldAnswers();
          const lasting = { clean: false, clientId: bench.unique(), transport: answers.transport };
          const [client, publisher] = [bench.client(lasting), bench.client({}, bench.directUrl)];
          const t = bench.unique();
          const publish = (text: string) => published(publisher, `${t}/b`, text, { qos });
          await connected(client);
          answers.hold(client);
          const exact = await answers.answered(() => listen(client, `${t}/b`, { qos }));
          const wide = await answers.answered(() => listen(client, [`${t}/+`, `${t}/#`], { qos }));
          const going = await answers.answered(() => listen(client, `${t}/b/#`, { qos }));
          await publish('held');
          await Promise.all([exact, wide, going].map(inbox => inbox.first(1)));
          going.subscription.unsubscribe();
          // this SUBACK comes after the acknowledgements of the message have reached the broker
          await answers.answered(() => listen(client, `${t} other`));
          const back = listen(client, `${t}/b/#`, { qos });
          const granted = settled(client, 'subscribe', `${t}/b/#`);
          end(answers, () => bench.proxy.cut());
          await granted;
          await publish('then');
          await publish('end');
          expect(await before('end', [exact, wide, back])).to.deep.equal([
            ['held', 'then'],
            ['held', 'then'],
            ['then'],
          ]);
          expect(texts(going.messages)).to.deep.equal(['held']);
        });
      }
    }
  });
});
