import { type Socket, createServer } from 'node:net';
import { topicOf } from './contestant.js';
import { Gatherer, frames, publishPacket } from './frames.js';

/** What the peer is told to send, to the connection of `clientId`. */
export interface Feed {
  readonly clientId: string;
  readonly qos: 0 | 1 | 2;
  readonly size: number;
  readonly count: number;
  readonly window: number;
  /** Round the topics 0 to n - 1. */
  readonly topics: number;
  /** ms between batches of `window` messages; 0 is as fast as it goes. */
  readonly pause: number;
}

export type PeerRequest = { readonly feed: Feed } | { readonly quiet: string };
export type PeerReply = { readonly port: number } | { readonly fed: string };

/**
 * The other end: a broker that does next to nothing, so that the client is what is measured. It acknowledges what comes, returns what is
 * published to `bench/echo`, and sends what it is told to.
 */
class Connection {
  clientId = '';
  readonly #socket: Socket;
  readonly #out: Gatherer;
  #packetId = 0;
  #acknowledged = () => {};
  #quiet = false;
  #isFirst = true;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#out = new Gatherer(bytes => socket.write(bytes));
    const cut = frames((bytes, start, body, end) => this.#handle(bytes, start, body, end));
    socket.on('data', chunk => {
      cut(chunk);
      this.#out.flush();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (connections.get(this.clientId) === this) connections.delete(this.clientId);
    });
  }

  #handle(bytes: Buffer, start: number, body: number, end: number): void {
    const first = bytes[start]!;
    const out = this.#out;
    switch (first >> 4) {
      case 1: {
        const version = bytes[body + 6]!;
        // 5.0 has properties in between: the peer is used with 3.1.1, and with 5.0 without properties
        const at = body + 10 + (version === 5 ? 1 + bytes[body + 10]! : 0);
        this.clientId = bytes.toString('latin1', at + 2, at + 2 + bytes.readUInt16BE(at));
        connections.set(this.clientId, this);
        this.#isFirst = !sessions.has(this.clientId);
        const isClean = (bytes[body + 7]! & 2) !== 0;
        if (!isClean) sessions.add(this.clientId);
        const hasSession = isClean || this.#isFirst ? 0 : 1;
        out.bytes(Buffer.from(version === 5 ? [0x20, 3, hasSession, 0, 0] : [0x20, 2, hasSession, 0]));
        return;
      }
      case 3:
        return this.#publish(bytes, start, body, end, (first >> 1) & 3);
      case 4:
      case 7:
        return this.#acknowledged();
      case 5:
        return out.ack(0x62, bytes.readUInt16BE(body));
      case 6:
        return out.ack(0x70, bytes.readUInt16BE(body));
      case 8:
        return this.#subscribe(bytes, body, end);
      case 12:
        out.bytes(Buffer.from([0xd0, 0]));
        return;
      case 14:
        this.#socket.end();
    }
  }

  #publish(bytes: Buffer, start: number, body: number, end: number, qos: number): void {
    const topicEnd = body + 2 + bytes.readUInt16BE(body);
    if (bytes[topicEnd - 1] === 0x6f /* of echo */) {
      this.#packetId = (this.#packetId % 0x7fff) + 1;
      this.#out.numbered(bytes.subarray(start, end), topicEnd - start, this.#packetId);
    }
    if (bytes[topicEnd - 1] === 0x64 /* of feed and second */) {
      if (bytes.toString('latin1', topicEnd - 4, topicEnd) === 'feed') return this.#feedOnRequest(bytes, topicEnd, end);
      // acknowledges only what is sent again, on a second connection
      if (this.#isFirst) return;
    }
    if (qos > 0) this.#out.ack(qos === 1 ? 0x40 : 0x50, bytes.readUInt16BE(topicEnd));
  }

  /** The payload says how many messages of QoS 0 to send, and on how many topics. */
  #feedOnRequest(bytes: Buffer, payload: number, end: number): void {
    const [count, topics] = bytes.toString('latin1', payload, end).split(' ').map(Number);
    const { clientId } = this;
    void this.feed({ clientId, qos: 0, size: 64, count: count!, window: 1000, topics: topics!, pause: 0 });
  }

  #subscribe(bytes: Buffer, body: number, end: number): void {
    const granted: number[] = [];
    for (let at = body + 2; at < end;) {
      at += 2 + bytes.readUInt16BE(at);
      granted.push(bytes[at++]!);
    }
    const length: number[] = [];
    for (let rest = 2 + granted.length; ;) {
      length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
      rest >>= 7;
      if (rest === 0) break;
    }
    this.#out.bytes(Buffer.from([0x90, ...length, bytes[body]!, bytes[body + 1]!, ...granted]));
  }

  async feed({ qos, size, count, window, topics, pause }: Feed): Promise<void> {
    this.#quiet = false;
    const payload = Buffer.alloc(size, 0x62);
    const packets = Array.from({ length: topics }, (_, i) => publishPacket(topicOf(i), payload, qos));
    let sent = 0;
    const next = () => {
      const { packet, idAt } = packets[sent++ % topics]!;
      if (qos === 0) return void this.#out.bytes(packet);
      this.#packetId = (this.#packetId % 0x7fff) + 1;
      this.#out.numbered(packet, idAt, this.#packetId);
    };
    if (qos > 0) {
      let open = 0;
      await new Promise<void>(resolve => {
        this.#acknowledged = () => {
          if (++open === count) resolve();
          else if (sent < count) next();
        };
        for (let i = Math.min(window, count); i > 0; i--) next();
        this.#out.flush();
      });
      return;
    }
    while (sent < count && !this.#quiet) {
      for (let i = Math.min(window, count - sent); i > 0; i--) next();
      this.#out.flush();
      if (this.#socket.writableNeedDrain) await new Promise(resolve => this.#socket.once('drain', resolve));
      if (pause > 0) await new Promise(resolve => setTimeout(resolve, pause));
    }
  }

  quiet(): void {
    this.#quiet = true;
  }
}

/** The clients that have connected without Clean Session. */
const sessions = new Set<string>();

const connections = new Map<string, Connection>();
const server = createServer({ noDelay: true }, socket => new Connection(socket));
const reply = (message: PeerReply) => process.send?.(message);

process.on('message', (request: PeerRequest) => {
  if ('quiet' in request) return connections.get(request.quiet)?.quiet();
  const { feed } = request;
  void connections
    .get(feed.clientId)!
    .feed(feed)
    .then(() => reply({ fed: feed.clientId }));
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') reply({ port: address.port });
});
