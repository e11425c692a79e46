import { activemq } from '../support/brokers/activemq.js';
import { aedes } from '../support/brokers/aedes.js';
import { ejabberd } from '../support/brokers/ejabberd.js';
import { mosquitto } from '../support/brokers/mosquitto.js';
import { nats } from '../support/brokers/nats.js';
import { rabbitmq } from '../support/brokers/rabbitmq.js';
import {
  changesTopic,
  closesOnShares,
  lowersQos2,
  neverTellsOfSessions,
  noQos2,
  noShares,
  refusesTopic,
  shareIsATopic,
  slowDownwards,
  willAfterDisconnect,
} from './differences.js';
import type { Description } from './suite.js';

/** The version is refused in words, or by closing without any. */
const inWords = { code: 'UNSUPPORTED_PROTOCOL_VERSION', phase: 'mqtt' } as const;
const byClosing = { code: 'CONNECTION_CLOSED', phase: 'mqtt' } as const;

export const mosquittoDescription: Description = {
  kind: mosquitto,
  versions: [5, 4, 3],
  path: '/',
  differences: { 'a payload of 1,000,000 bytes, there and back': { ...slowDownwards, transports: ['ws'] } },
};

export const aedesDescription: Description = {
  kind: aedes,
  versions: [4, 3],
  refuses: { 5: inWords },
  path: '/',
  differences: { 'a shared subscription: each message once in the group': shareIsATopic },
};

export const rabbitmqDescription: Description = {
  kind: rabbitmq,
  versions: [4, 3],
  refuses: { 5: byClosing },
  path: '/ws',
  granted: { 2: 1 },
  differences: {
    'QoS 2: granted, published, received': lowersQos2,
    'will: not published after a graceful end': { ...willAfterDisconnect, transports: ['ws'] },
    'topics: dots': changesTopic('/a.b', '/a/b'),
    'a shared subscription: each message once in the group': shareIsATopic,
  },
};

export const natsDescription: Description = {
  kind: nats,
  versions: [4],
  refuses: { 5: inWords, 3: byClosing },
  refusesByWs: { 3: { code: 'CONNECTION_FAILED', phase: 'websocket' } },
  path: '/mqtt',
  granted: { 2: 1 },
  differences: {
    'QoS 2: granted, published, received': noQos2('it closes the connection'),
    'topics: spaces': refusesTopic('/c d'),
    'topics: dots': refusesTopic('/a.b'),
    'a shared subscription: each message once in the group': shareIsATopic,
  },
};

export const ejabberdDescription: Description = {
  kind: ejabberd,
  versions: [5, 4],
  refuses: { 3: inWords },
  path: '/mqtt',
  options: { username: 'anybody', password: 'anything' },
  differences: {
    'a shared subscription: each message once in the group': [
      { ...noShares, versions: [5] },
      { ...closesOnShares, versions: [4] },
    ],
  },
};

export const activemqDescription: Description = {
  kind: activemq,
  versions: [4, 3],
  refuses: { 5: inWords },
  differences: {
    'session: CONNACK says whether it is there': neverTellsOfSessions,
    'a shared subscription: each message once in the group': shareIsATopic,
  },
};
