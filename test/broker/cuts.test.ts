import { expect } from 'chai';
import { from, lastValueFrom, mergeMap } from 'rxjs';
import type { Cut } from './proxy.js';
import { seeded } from './seeded.js';
import { describeBrokers, inState, published, subscribed, texts } from './support.js';

describeBrokers('a link that is cut again and again', bench => {
  const sent = Array.from(
    { length: 120 },
    (_, i) => ({ qos: i % 2 === 0 ? 1 : 2, text: `${1 + (i % 2)}:${i}` }) as const,
  );
  const sentWith = (qos: 1 | 2) => sent.filter(message => message.qos === qos).map(({ text }) => text);

  for (const seed of [1, 2, 3]) {
    it(`Z9: loses no message of QoS 1 and 2, and doubles none of QoS 2 (seed ${seed})`, async () => {
      const topic = bench.unique();
      // cuts that hit one message again and again look like a message at which connections end, which would lose its place
      const persistent = () => ({ clean: false, clientId: bench.unique(), maxDeliveries: Infinity });
      const publisher = bench.client(persistent());
      // aedes 1.2 sends a QoS 2 message again that it has had PUBREC and PUBCOMP for, so its subscriber is left alone
      const consumer = bench.client(persistent(), bench.broker === 'aedes' ? bench.directUrl : bench.url);
      const inbox = await subscribed(consumer, topic, { qos: 2 });
      await subscribed(publisher, bench.unique()); // to aedes a session is what holds a subscription

      bench.proxy.cutAfter(...cuts(seed));
      await lastValueFrom(from(sent).pipe(mergeMap(({ qos, text }) => publisher.publish(topic, text, { qos }), 8)));
      expect(bench.proxy.cutsLeft).to.equal(0);
      await inState(consumer, 'connected');
      // what was on its way is through when a message of each QoS has followed, and all the others
      const witness = bench.client({}, bench.directUrl);
      for (const qos of [1, 2] as const) await published(witness, topic, `end ${qos}`, { qos });
      await Promise.all([inbox.before('end 1'), inbox.before('end 2'), inbox.first(sent.length + 2)]);

      const came = texts(inbox.messages);
      const [ones, twos] = ['1:', '2:'].map(start => came.filter(text => text.startsWith(start)));
      expect(twos, 'QoS 2: all, once, in order').to.deep.equal(sentWith(2));
      expect([...new Set(ones)], 'QoS 1: all, in order').to.deep.equal(sentWith(1));
    });
  }
});

/** Six cuts at any byte, in any packet. */
function cuts(seed: number): Cut[] {
  const random = seeded(seed);
  return Array.from({ length: 6 }, () => ({
    direction: random() < 0.5 ? 'toBroker' : 'toClient',
    bytes: Math.floor(random() * 120),
  }));
}
