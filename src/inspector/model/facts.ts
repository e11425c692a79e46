import { printableMessage } from '../../quoted.js';
import type { TraceEvent, TracePayload } from '../../trace/trace-event.js';
import { payloadLine, payloadOf } from './payload.js';

/** A name with its value, as the details list them. */
export type Fact = readonly [name: string, value: string];

/** What is listed of an event at most: a packet can have any number of user properties, filters and reason codes. */
const MOST = 80;

const labels: Readonly<Record<string, string>> = {
  qos: 'QoS',
  retain: 'Retain',
  dup: 'DUP',
  packetId: 'Packet identifier',
  url: 'URL',
  clientId: 'Client identifier',
};

/** Members that the details show in another place. */
const elsewhere: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'cmd',
  'topic',
  'payload',
  'properties',
  'type',
  'at',
  'packet',
]);

/** Returns the fields and properties of a packet, or the members of another event, as texts that are safe to show. */
export function factsOf(event: TraceEvent): readonly Fact[] {
  const facts: Fact[] = [];
  if (event.type !== 'packet') {
    addMembers(facts, event);
    return facts.slice(0, MOST);
  }
  const { packet } = event;
  if (packet.payload !== undefined) facts.push(['Payload', `${payloadOf(packet).length} bytes`]);
  addMembers(facts, packet);
  const { properties } = packet;
  if (typeof properties === 'object' && properties !== null) addMembers(facts, properties);
  return facts.slice(0, MOST);
}

function addMembers(facts: Fact[], members: object): void {
  for (const [name, value] of Object.entries(members)) {
    if (elsewhere.has(name) || value === undefined) continue;
    if (name === 'userProperties' && Array.isArray(value)) {
      for (const pair of value.slice(0, MOST)) facts.push(userProperty(pair));
    } else if (name === 'error' && isObject(value)) addMembers(facts, value);
    else facts.push([labels[name] ?? labelOf(name), printableMessage(textOf(value))]);
  }
}

function userProperty(pair: unknown): Fact {
  const [name, value] = Array.isArray(pair) ? (pair as unknown[]) : [];
  return [`User property '${printableMessage(textOf(name))}'`, printableMessage(textOf(value))];
}

/** `messageExpiryInterval` as `Message expiry interval` */
const labelOf = (name: string): string => {
  const words = name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);
  return printableMessage(words.charAt(0).toUpperCase() + words.slice(1));
};

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  // Binary data has the form of a payload.
  if (isObject(value) && typeof value.length === 'number' && !Array.isArray(value))
    return payloadLine(value as unknown as TracePayload);
  return JSON.stringify(value) ?? '';
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
