import { once } from 'node:events';
import { createServer } from 'node:http';
import { type Socket, connect } from 'node:net';
import { expect } from 'chai';
import { type EventStreamOptions, serverSentEvents } from '../../../examples/recipes/server-sent-events.js';
import type { MqttClient } from '../../../src/index.js';
import { closed, closedAfterEach, connected, published, settled, watch } from '../../broker/support.js';
import { type AedesServer, startAedes } from '../../support/aedes.js';
import { CuttableServer } from '../../support/cuttable-server.js';
import { loopback } from '../../support/ports.js';
import { describeWithoutLeaks } from '../../support/resources.js';

/** One event, as `id` and `data`, or a comment. */
type Event = { id: string; topic: string; payload: string } | ':';

/** What `EventSource` is in browsers. */
class Reader {
  private readonly chunks: AsyncGenerator<string>;
  private received = '';

  private constructor(
    readonly response: Response,
    private readonly controller: AbortController,
  ) {
    this.chunks = texts(response.body!);
  }

  static async open(url: string, lastEventId?: string): Promise<Reader> {
    const controller = new AbortController();
    const headers = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId };
    const response = await fetch(url, { headers, signal: controller.signal });
    return new Reader(response, controller);
  }

  /** Returns the next event; undefined when the server has ended the response. */
  async next(): Promise<Event | undefined> {
    for (;;) {
      const [block, ...rest] = this.received.split('\n\n');
      if (rest.length > 0) {
        this.received = rest.join('\n\n');
        if (block === ':') return block;
        const [, id, data] = /^id: (.*)\ndata: (.*)$/.exec(block!) ?? [];
        if (id !== undefined) return { id, ...(JSON.parse(data!) as { topic: string; payload: string }) };
        continue; // retry:
      }
      const { value, done } = await this.chunks.next();
      if (done === true) return undefined;
      this.received += value;
    }
  }

  /** Returns the payloads of the next events. */
  async payloads(count: number): Promise<string[]> {
    const payloads: string[] = [];
    while (payloads.length < count) {
      const event = await this.next();
      if (event !== ':') payloads.push(event?.payload ?? 'the end');
    }
    return payloads;
  }

  close(): void {
    this.controller.abort();
  }
}

async function* texts(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) yield decoder.decode(chunk, { stream: true });
}

describeWithoutLeaks('the recipe of Server-Sent Events', () => {
  const client = closedAfterEach();
  let broker: AedesServer;
  let site: CuttableServer;
  let url: string;
  let mqtt: MqttClient;
  let sensor: MqttClient;
  let packets: ReturnType<typeof watch>;
  let readers: Reader[];

  beforeEach(async () => {
    broker = await startAedes();
    mqtt = client(broker.url);
    sensor = client(broker.url);
    packets = watch(mqtt);
    readers = [];
  });
  afterEach(async () => {
    for (const reader of readers) reader.close();
    await site.stop();
    await closed(mqtt);
    await broker.close();
  });

  const serve = async (options: EventStreamOptions = {}) => {
    site = await CuttableServer.over(createServer(serverSentEvents(mqtt, 'sensors/#', { linger: 0, ...options })));
    url = `http://${loopback}:${site.port}`;
  };
  const open = async (lastEventId?: string) => {
    const reader = await Reader.open(url, lastEventId);
    readers.push(reader);
    return reader;
  };
  /** Opens the first reader, and waits until the broker sends it messages. */
  const openFirst = async () => {
    const granted = settled(mqtt, 'subscribe', 'sensors/#');
    const reader = await open();
    await granted;
    return reader;
  };
  const publish = async (...payloads: string[]) => {
    for (const payload of payloads) await published(sensor, 'sensors/attic', payload, { qos: 1 });
  };

  it('sends messages to all readers, with one subscription; a new reader gets what is kept', async () => {
    await serve({ keep: 2 });
    const first = await openFirst();
    expect(first.response.headers.get('content-type')).to.equal('text/event-stream');
    await publish('a', 'b\n\ndata: no', 'c');
    expect(await first.next()).to.include({ topic: 'sensors/attic', payload: 'a' });
    expect(await first.payloads(2)).to.deep.equal(['b\n\ndata: no', 'c']);
    const second = await open();
    await publish('d');
    expect(await second.payloads(3)).to.deep.equal(['b\n\ndata: no', 'c', 'd']);
    expect(await first.payloads(1)).to.deep.equal(['d']);
    expect(packets.sent('subscribe')).to.have.length(1);
  });

  it('sends what a reader has missed, by its Last-Event-ID', async () => {
    await serve({ linger: 60_000 });
    const first = await openFirst();
    await publish('a', 'b');
    const seen = [await first.next(), await first.next()].map(event => (event as { id: string }).id);
    first.close();
    await publish('c', 'd');
    const again = await open(seen[1]);
    await publish('e');
    expect(await again.payloads(3)).to.deep.equal(['c', 'd', 'e']);
    const elsewhere = await open('of-another-process/1');
    expect(await elsewhere.payloads(5)).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
    expect(packets.sent('unsubscribe')).to.deep.equal([]);
  });

  it('unsubscribes when the last reader has gone', async () => {
    await serve();
    const [first, second] = [await openFirst(), await open()];
    const gone = settled(mqtt, 'unsubscribe', 'sensors/#');
    first.close();
    await publish('a');
    expect(await second.payloads(1)).to.deep.equal(['a']);
    expect(packets.sent('unsubscribe')).to.deep.equal([]);
    second.close();
    expect(await gone).to.have.property('kind', 'unsubscribe');
  });

  it('sends comments while there are no messages', async () => {
    await serve({ heartbeat: 5 });
    const reader = await open();
    expect([await reader.next(), await reader.next()]).to.deep.equal([':', ':']);
  });

  it('closes the connection of a reader that is too slow, and of no other', async () => {
    await serve({ maxWaiting: 2 ** 18 });
    const fast = await openFirst();
    const slow = connect(site.port, loopback).pause();
    slow.write(`GET / HTTP/1.1\r\nHost: ${loopback}\r\n\r\n`);
    // the first bytes say that it is a reader; then it reads nothing
    await once(slow, 'readable');
    let isClosed = false;
    const ended = endOf(slow).then(() => (isClosed = true));
    const payload = 'x'.repeat(2 ** 17);
    let count = 0;
    for (; site.connections() === 2; count++) {
      await publish(payload);
      expect(await fast.payloads(1)).to.deep.equal([payload]);
    }
    slow.resume();
    await ended;
    expect(isClosed).to.equal(true);
    await publish('still there');
    expect(await fast.payloads(1)).to.deep.equal(['still there']);
    expect(count).to.be.above(1);
  });

  it('ends with the client', async () => {
    await serve();
    await connected(mqtt);
    const reader = await openFirst();
    await closed(mqtt);
    expect(await reader.next()).to.equal(undefined);
  });
});

/** Resolves when a socket is closed, by either side and in any way. */
function endOf(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    socket.on('error', () => undefined);
    socket.once('close', () => resolve());
  });
}
