import type { PublishProperties } from '../../../message.js';
import type { ConnectProperties, WillProperties } from '../../../packets.js';
import { binary, list, UINT16, UINT32, boolean, integer, orInfinity } from './scalars.js';
import { kindOf } from '../../../quoted.js';
import { type Check, expected, inside } from './problem.js';
import { type Schema, record } from './record.js';
import { text, topicName } from './text.js';

const pair: Check = value => {
  if (!Array.isArray(value)) return expected('a pair [name, value]', kindOf(value));
  if (value.length !== 2) return expected('a pair [name, value]', `an array of ${value.length}`);
  return inside('[0]', text(value[0])) ?? inside('[1]', text(value[1]));
};

export const userProperties = list(pair, 'a list of pairs [name, value]');

const published = {
  payloadFormatIndicator: boolean,
  messageExpiryInterval: integer(0, UINT32),
  topicAlias: 'cannot be set: the client chooses topic aliases itself',
  responseTopic: topicName,
  correlationData: binary,
  userProperties,
  subscriptionIdentifier: 'cannot be set: only a broker sends it',
  contentType: text,
} satisfies Schema<PublishProperties>;

export const publishProperties = record(published);

/** The properties of a request or reply, for which the client sets response topic and correlation data. */
export const exchangeProperties = record({
  ...published,
  responseTopic: "cannot be set here: set option 'responseTopic' of request(), whose reply goes to that topic",
  correlationData: 'cannot be set: the client sets it to match replies to requests',
} satisfies Schema<PublishProperties>);

export const willProperties = record({
  ...published,
  topicAlias: 'cannot be set: a will has none',
  willDelayInterval: integer(0, UINT32),
} satisfies Schema<WillProperties> & Schema<PublishProperties>);

const unauthenticated = "cannot be set here: set option 'authentication'";

const connect = {
  sessionExpiryInterval: "cannot be set here: set option 'sessionExpiry'",
  receiveMaximum: integer(1, UINT16),
  maximumPacketSize: orInfinity(integer(1, UINT32, ', or Infinity')),
  topicAliasMaximum: integer(0, UINT16),
  requestResponseInformation: boolean,
  requestProblemInformation: boolean,
  userProperties,
  authenticationMethod: unauthenticated,
  authenticationData: unauthenticated,
} satisfies Schema<ConnectProperties>;

export const connectProperties = record(connect);

/** The properties of the packet itself, which `onConnectPacket` may change. */
export const connectPacketProperties = record({
  ...connect,
  sessionExpiryInterval: integer(0, UINT32),
  maximumPacketSize: integer(1, UINT32),
});
