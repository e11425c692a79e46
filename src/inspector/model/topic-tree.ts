import type { TracePacket } from '../../trace/trace-event.js';
import { weigh } from './event-store.js';
import { payloadOf } from './payload.js';
import { Rate } from './rate.js';

/** Nodes that a tree has at most, because names of topics come from outside. */
const MOST_NODES = 60_000;
/** Levels below which the rest of a topic is one node. */
const MOST_LEVELS = 40;
/** Bytes of last messages that a tree keeps. Beyond them it keeps messages of at most {@link SMALL} bytes. */
const MOST_BYTES = 48 * 1024 * 1024;
const SMALL = 512;
/** A tree with fewer nodes shows all of them: new nodes are expanded. */
const EXPANDED_NODES = 40;

const order = /* @__PURE__ */ new Intl.Collator('en', { numeric: true });

/** A level of topics. `topic` is the path up to it, and `last` its message, if there is a topic that ends here. */
export class TopicNode {
  readonly #byName = new Map<string, TopicNode>();
  /** In natural order of their names. */
  readonly children: TopicNode[] = [];
  readonly rate = new Rate();
  /** Messages of this topic and all below it. */
  messages = 0;
  /** Bytes of their payloads. */
  bytes = 0;
  /** How many topics end here or below. */
  topics = 0;
  last: TracePacket | undefined;
  /** Whether `last` is kept without its payload, because the tree holds too much. */
  isCut = false;
  lastWeight = 0;
  /** Whether the broker keeps a message of this topic, as far as the trace says. */
  isRetained = false;

  constructor(
    readonly parent: TopicNode | undefined,
    readonly name: string,
    readonly topic: string,
    readonly depth: number,
    /** Whether it is expanded until a user says otherwise. */
    readonly isExpanded: boolean,
  ) {}

  child(name: string): TopicNode | undefined {
    return this.#byName.get(name);
  }

  add(child: TopicNode): void {
    this.#byName.set(child.name, child);
    let low = 0;
    let high = this.children.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (order.compare(this.children[middle]!.name, child.name) <= 0) low = middle + 1;
      else high = middle;
    }
    this.children.splice(low, 0, child);
  }
}

/** The topics of a trace with the last message of each. Its memory is bounded, whatever a broker sends. */
export class TopicTree {
  readonly root = new TopicNode(undefined, '', '', -1, true);
  /** Counts up when a node is added, or a topic ends where none did. */
  version = 0;
  /** Messages of topics that are not in the tree, because it is full. */
  unlisted = 0;
  #nodes = 0;
  #bytes = 0;

  get nodes(): number {
    return this.#nodes;
  }

  /** Adds a message, whose packet may have an alias instead of its topic. */
  add(event: TracePacket, topic: string): void {
    const node = this.#nodeOf(topic);
    if (node === undefined) {
      this.unlisted++;
      return;
    }
    const { packet, at } = event;
    const { length } = payloadOf(packet);
    const isNew = node.last === undefined;
    this.#keep(node, event);
    if (packet.retain === true) node.isRetained = length > 0;
    for (let each: TopicNode | undefined = node; each; each = each.parent) {
      each.messages++;
      each.bytes += length;
      each.rate.add(at);
      if (isNew) each.topics++;
    }
    if (isNew) this.version++;
  }

  find(topic: string): TopicNode | undefined {
    let node: TopicNode | undefined = this.root;
    for (const name of levels(topic)) node = node?.child(name);
    return node;
  }

  #keep(node: TopicNode, event: TracePacket): void {
    const weight = weigh(event);
    this.#bytes -= node.lastWeight;
    node.isCut = weight > SMALL && this.#bytes + weight > MOST_BYTES;
    node.last = node.isCut ? withoutPayload(event) : event;
    node.lastWeight = node.isCut ? SMALL : weight;
    this.#bytes += node.lastWeight;
  }

  #nodeOf(topic: string): TopicNode | undefined {
    let node = this.root;
    let path = '';
    for (const name of levels(topic)) {
      path = node === this.root ? name : `${path}/${name}`;
      let child = node.child(name);
      if (child === undefined) {
        if (this.#nodes === MOST_NODES) return undefined;
        child = new TopicNode(node, name, path, node.depth + 1, this.#nodes < EXPANDED_NODES);
        node.add(child);
        this.#nodes++;
        this.version++;
      }
      node = child;
    }
    return node;
  }
}

function levels(topic: string): string[] {
  const names = topic.split('/');
  if (names.length <= MOST_LEVELS) return names;
  return [...names.slice(0, MOST_LEVELS - 1), names.slice(MOST_LEVELS - 1).join('/')];
}

function withoutPayload(event: TracePacket): TracePacket {
  const { cmd, qos, retain, dup, packetId, payload } = event.packet;
  const { length } = payloadOf({ payload });
  return { ...event, packet: { cmd, qos, retain, dup, packetId, payload: { length } } };
}
