import type {
  Packet,
  PublishPacket,
  SubackPacket,
  SubscribePacket,
  UnsubackPacket,
  UnsubscribePacket,
} from '../../packets.js';
import type { RecordedPacket } from './recorded-packet.js';

/** A packet of the client that is answered by its packet identifier. */
export type Request = PublishPacket | SubscribePacket | UnsubscribePacket;
type Answer = Extract<Packet, { cmd: 'puback' | 'pubrec' | 'pubcomp' | 'suback' | 'unsuback' }>;

/** A request of the trace, and the request of the replay that is the same. */
interface Exchange {
  readonly recorded: RecordedPacket;
  actual?: Request;
  /** Answers of the trace that are to be sent when the client has sent the request, or its PUBREL. */
  readonly answers: Answer[];
}

/** Gives the answers of a trace to the requests of its replay. Lives with the session. */
export class Exchanges {
  readonly #byRecordedId = new Map<number, Exchange>();
  readonly #byActualId = new Map<number, Exchange>();
  /** The packet identifiers in the replay of the messages for which PUBREL has come. */
  readonly #released = new Set<number>();
  /** The requests that were answered without the trace. */
  readonly #answered = new Set<number>();
  readonly #subscriptionIds = new Map<number, number>();
  readonly #correlationData = new Map<string, Uint8Array>();
  readonly #send: (packet: Packet) => void;

  constructor(send: (packet: Packet) => void) {
    this.#send = send;
  }

  /** Returns the packet identifier in the replay of a message of the trace. */
  readonly actualId = (id: number): number | undefined => this.#byRecordedId.get(id)?.actual?.packetId;

  /** Adds a request of the trace. Returns what is to be called with the request of the replay. */
  begin(recorded: RecordedPacket): (actual: Packet) => void {
    const { packetId } = recorded.packet as Request;
    const exchange: Exchange = { recorded, answers: [] };
    if (packetId) this.#byRecordedId.set(packetId, exchange);
    return actual => this.#join(exchange, actual as Request);
  }

  /** Adds an answer of the trace. It is ignored if its request was sent before the trace began. */
  answer(answer: Answer): void {
    const exchange = this.#byRecordedId.get(answer.packetId);
    if (exchange === undefined) return;
    exchange.answers.push(answer);
    this.#sendAnswers(exchange);
  }

  /** Adds a PUBREL of the replay. */
  release(packetId: number): void {
    if (this.#answered.delete(packetId)) return this.#send({ cmd: 'pubcomp', packetId });
    this.#released.add(packetId);
    const exchange = this.#byActualId.get(packetId);
    if (exchange !== undefined) this.#sendAnswers(exchange);
  }

  /** Adds a request of the replay. */
  sent({ packetId }: Request): void {
    if (!packetId) return;
    this.#released.delete(packetId);
    this.#answered.delete(packetId);
    this.#byActualId.delete(packetId);
  }

  /** Answers a request that the trace does not have, as a broker does that grants everything. */
  grant(request: Request): void {
    const { packetId } = request;
    if (!packetId) return;
    this.#answered.add(packetId);
    switch (request.cmd) {
      case 'publish':
        return this.#send({ cmd: request.qos === 1 ? 'puback' : 'pubrec', packetId });
      case 'subscribe':
        return this.#send({ cmd: 'suback', packetId, reasonCodes: request.subscriptions.map(({ qos }) => qos) });
      case 'unsubscribe':
        return this.#send({ cmd: 'unsuback', packetId, reasonCodes: request.filters.map(() => 0) });
    }
  }

  /** Returns a message of the trace as it fits the replay: with the identifiers and correlation data that the client has given. */
  toReplay({ packet, correlation }: RecordedPacket): PublishPacket {
    const message = packet as PublishPacket;
    const { subscriptionIdentifier, correlationData, ...properties } = message.properties ?? {};
    const identifiers = [subscriptionIdentifier ?? []].flat().flatMap(id => this.#subscriptionIds.get(id) ?? []);
    const own = (correlation === undefined ? undefined : this.#correlationData.get(correlation)) ?? correlationData;
    return {
      ...message,
      properties: {
        ...properties,
        ...(identifiers.length > 0 ? { subscriptionIdentifier: identifiers } : {}),
        ...(own === undefined ? {} : { correlationData: own }),
      },
    };
  }

  #join(exchange: Exchange, actual: Request): void {
    const { packet, correlation } = exchange.recorded;
    exchange.actual = actual;
    if (actual.packetId) this.#byActualId.set(actual.packetId, exchange);
    if (packet.cmd === 'subscribe' && actual.cmd === 'subscribe') {
      const [id, actualId] = [packet, actual].map(({ properties }) => properties?.subscriptionIdentifier);
      if (id !== undefined && actualId !== undefined) this.#subscriptionIds.set(id, actualId);
    }
    if (actual.cmd === 'publish' && correlation !== undefined && actual.properties?.correlationData !== undefined) {
      this.#correlationData.set(correlation, actual.properties.correlationData);
    }
    this.#sendAnswers(exchange);
  }

  #sendAnswers({ actual, answers, recorded }: Exchange): void {
    if (actual === undefined) return;
    const packetId = actual.packetId!;
    while (answers.length > 0) {
      const answer = answers[0]!;
      if (answer.cmd === 'pubcomp' && !this.#released.has(packetId)) return;
      answers.shift();
      if (!this.#answered.has(packetId)) this.#send(fitted({ ...answer, packetId }, recorded.packet, actual));
    }
  }
}

/** Returns an answer with a reason code for each filter of the replay: that of the trace, or success. */
function fitted(answer: Answer, recorded: Packet, actual: Request): Packet {
  if (answer.cmd === 'suback' && recorded.cmd === 'subscribe' && actual.cmd === 'subscribe') {
    const codes = codesByFilter(
      answer,
      recorded.subscriptions.map(({ filter }) => filter),
    );
    return { ...answer, reasonCodes: actual.subscriptions.map(({ filter, qos }) => codes.get(filter) ?? qos) };
  }
  if (answer.cmd === 'unsuback' && recorded.cmd === 'unsubscribe' && actual.cmd === 'unsubscribe') {
    const codes = codesByFilter(answer, recorded.filters);
    return { ...answer, reasonCodes: actual.filters.map(filter => codes.get(filter) ?? 0) };
  }
  return answer;
}

const codesByFilter = (
  { reasonCodes }: SubackPacket | UnsubackPacket,
  filters: readonly string[],
): Map<string, number | undefined> => new Map(filters.map((filter, i) => [filter, reasonCodes[i]]));
