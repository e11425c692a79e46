import { expect } from 'chai';
import { firstValueFrom, forkJoin, toArray } from 'rxjs';
import { connected, describeBrokers, failure, settled, texts, watch } from './support.js';

describeBrokers('requests', bench => {
  /** A responder of its own client, on a wire that is not cut; subscribed. */
  async function responder(topic: string, handler: (request: string) => string): Promise<void> {
    const client = bench.client({}, bench.directUrl);
    const granted = settled(client, 'subscribe', bench.spoken === 5 ? topic : `${topic}/request/+/+`);
    client.respond(topic, request => handler(request.text())).subscribe();
    await granted;
  }

  it('a thousand at a time, by one subscription, each with its own reply', async () => {
    const [requester, topic] = [bench.client({ queue: { maxMessages: 2000 } }), bench.unique()];
    await responder(topic, text => `re: ${text}`);
    const log = watch(requester);
    const asked = Array.from({ length: 1000 }, (_, i) => `${i}`);
    const replies = await firstValueFrom(forkJoin(asked.map(text => requester.request(topic, text))));
    expect(texts(replies)).to.deep.equal(asked.map(text => `re: ${text}`));
    expect(log.sent('subscribe')).to.have.length(1);
    await firstValueFrom(requester.request(topic, 'one more'));
    expect(log.sent('subscribe')).to.have.length(1);
  });

  it('all who listen answer', async () => {
    const [requester, topic] = [bench.client(), bench.unique()];
    await responder(topic, () => 'first');
    await responder(topic, () => 'second');
    const replies = await firstValueFrom(requester.request(topic, '', { replies: 2 }).pipe(toArray()));
    expect(texts(replies).sort()).to.deep.equal(['first', 'second']);
  });

  it('nobody listens: is told so, or waits in vain', async () => {
    const [requester, topic] = [bench.client(), bench.unique()];
    await connected(requester);
    const error = await failure(requester.request(topic, '', { timeout: bench.spoken === 5 ? 5000 : 200 }));
    expect(error).to.have.property('code', bench.spoken === 5 ? 'NO_RESPONDER' : 'REQUEST_TIMEOUT');
  });

  it('goes on when the connection is lost before the reply', async () => {
    const topic = bench.unique();
    const requester = bench.client({ clientId: bench.unique(), clean: false });
    let asked = 0;
    await responder(topic, () => {
      if (++asked === 1) bench.proxy.cut();
      return 'late, but here';
    });
    const statuses: string[] = [];
    requester.connection$.subscribe(({ status }) => statuses.push(status));
    const reply = await firstValueFrom(requester.request(topic, ''));
    expect(reply.text()).to.equal('late, but here');
    expect(statuses.filter(status => status === 'connected')).to.have.length(2);
  });
});
