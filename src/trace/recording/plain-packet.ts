import type { PublishProperties } from '../../message.js';
import type { ConnectPacket, Packet, PublishPacket } from '../../packets.js';
import type { TracePacket } from '../trace-event.js';
import { LEFT_OUT, type Redactor } from './redactor.js';
import type { TracedMessage } from './trace-options.js';

type PlainPacket = TracePacket['packet'];

/** Returns a packet as plain data, without credentials and without what the options of the trace leave out. */
export function plainPacket(packet: Packet, direction: 'sent' | 'received', redactor: Redactor): PlainPacket {
  switch (packet.cmd) {
    case 'publish':
      return plainPublish(packet, direction, redactor);
    case 'connect':
      return plainConnect(packet, redactor);
    case 'subscribe': {
      const subscriptions = packet.subscriptions.map(one => ({ ...one, filter: redactor.topic(one.filter) }));
      return plain({ ...packet, subscriptions }, redactor);
    }
    case 'unsubscribe':
      return plain({ ...packet, filters: packet.filters.map(redactor.topic) }, redactor);
    default:
      return plain({ ...packet }, redactor);
  }
}

function plainPublish(packet: PublishPacket, direction: TracedMessage['direction'], redactor: Redactor): PlainPacket {
  const { topic, payload, qos, retain, properties = {}, refusal } = packet;
  const recorded = redactor.payloads.payloadOf({ direction, topic, payload, qos, retain, properties });
  const why = refusal && { ...refusal, why: redactor.foreignText(refusal.why) };
  return plain({ ...packet, topic: redactor.topic(topic), payload: recorded, refusal: why }, redactor);
}

function plainConnect({ password: _, ...packet }: ConnectPacket, redactor: Redactor): PlainPacket {
  // A user name may be a token.
  const username = packet.username === undefined ? undefined : LEFT_OUT;
  return plain({ ...packet, username, will: packet.will && plainWill(packet.will, redactor) }, redactor);
}

function plainWill(will: NonNullable<ConnectPacket['will']>, redactor: Redactor): object {
  const { topic, payload, qos, retain, properties = {} } = will;
  const recorded = redactor.payloads.payloadOf({ direction: 'will', topic, payload, qos, retain, properties });
  return withProperties({ ...will, topic: redactor.topic(topic), payload: recorded }, redactor);
}

const plain = (packet: PlainPacket & { properties?: object | undefined }, redactor: Redactor): PlainPacket =>
  withProperties(packet, redactor);

function withProperties<T extends { properties?: object | undefined }>(part: T, redactor: Redactor): T {
  return part.properties === undefined
    ? defined(part)
    : defined({ ...part, properties: plainProperties(part.properties, redactor) });
}

interface Properties extends PublishProperties {
  readonly authenticationData?: Uint8Array;
  readonly reasonString?: string;
  readonly responseInformation?: string;
  readonly serverReference?: string;
}

function plainProperties({ authenticationData: _, ...properties }: Properties, redactor: Redactor): object {
  const { correlationData, userProperties, responseTopic, reasonString, responseInformation, serverReference } =
    properties;
  return defined({
    ...properties,
    correlationData: correlationData && redactor.payloads.correlationDataOf(correlationData),
    userProperties: userProperties && redactor.userProperties(userProperties),
    responseTopic: responseTopic && redactor.topic(responseTopic),
    reasonString: reasonString && redactor.foreignText(reasonString),
    responseInformation: responseInformation && redactor.topic(responseInformation),
    serverReference: serverReference && redactor.url(serverReference),
  });
}

/** Returns the object without what is undefined, which JSON cannot hold. */
export const defined = <T extends object>(part: T): T =>
  Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as T;
