import type { PacketCommand } from '../../packets.js';
import { place } from '../properties/table.js';
import { serverReasonCodes as reasons } from './reason-codes.js';
import * as step from './steps.js';

/** The steps that check the body of a packet. The packet may end at `mayEnd`. */
export type Layout = readonly (step.Step | 'mayEnd')[];

type Layouts = Readonly<Partial<Record<PacketCommand, Layout>>>;

const acknowledgement = (codes: readonly number[]): Layout => [
  step.packetId,
  'mayEnd',
  step.code(codes),
  'mayEnd',
  step.properties(place.ack),
];

export const layouts5: Layouts = {
  connack: [
    step.connackFlags,
    step.code(reasons.connack),
    step.sessionPresentOnlyOnSuccess,
    step.properties(place.connack),
  ],
  publish: [
    step.topic,
    step.packetIdAboveQos0,
    step.properties(place.publish),
    step.topicOrAlias,
    step.responseTopic,
    step.payload,
  ],
  puback: acknowledgement(reasons.received),
  pubrec: acknowledgement(reasons.received),
  pubrel: acknowledgement(reasons.released),
  pubcomp: acknowledgement(reasons.released),
  suback: [step.packetId, step.properties(place.ack), step.codes(reasons.suback)],
  unsuback: [step.packetId, step.properties(place.ack), step.codes(reasons.unsuback)],
  pingresp: [],
  disconnect: [
    'mayEnd',
    step.code(reasons.disconnect),
    'mayEnd',
    step.properties(place.disconnect),
    step.noSessionExpiry,
  ],
  auth: ['mayEnd', step.code(reasons.auth), step.properties(place.auth), step.authenticationMethod],
};

export const layouts3: Layouts = {
  connack: [step.connackFlags, step.code(reasons.connack3), step.sessionPresentOnlyOnSuccess],
  publish: [step.topic, step.topicNotEmpty, step.packetIdAboveQos0, step.payload],
  puback: [step.packetId],
  pubrec: [step.packetId],
  pubrel: [step.packetId],
  pubcomp: [step.packetId],
  suback: [step.packetId, step.codes(reasons.suback3)],
  unsuback: [step.packetId],
  pingresp: [],
};

/** The CONNACK with which a server without 5.0 answers a CONNECT of 5.0: two bytes, mostly with a return code of 3.1.1. */
export const connack3Layout: Layout = [
  step.connackFlags,
  step.code([...reasons.connack3, ...reasons.connack]),
  step.sessionPresentOnlyOnSuccess,
];
