import * as connecting from './connecting.js';
import type { Diagram } from './diagram.js';
import * as publishing from './publishing.js';
import * as receiving from './receiving.js';
import * as reconnecting from './reconnecting.js';
import * as requesting from './requesting.js';

export interface Chapter {
  readonly title: string;
  readonly introduction: string;
  readonly diagrams: readonly Diagram[];
}

/** In the order in which they are read. */
export const chapters: readonly Chapter[] = [
  {
    title: 'A connection',
    introduction: 'How a client connects, notices a dead connection, and disconnects.',
    diagrams: [
      connecting.connect,
      connecting.connectTimeout,
      connecting.authenticatedHandshake,
      connecting.reauthenticate,
      connecting.keepalive,
      connecting.ackDeadline,
      connecting.connectionStates,
      connecting.disconnect,
      connecting.mqttStream,
    ],
  },
  {
    title: 'A message to the broker',
    introduction: 'One subscription of `publish()` is one message. Its QoS decides which packets it needs.',
    diagrams: [
      publishing.publishQos0,
      publishing.publishQos1,
      publishing.publishQos2,
      publishing.publishUntil,
      publishing.publishAll,
    ],
  },
  {
    title: 'A message from the broker',
    introduction: 'A `topic$` continues across connections.',
    diagrams: [
      receiving.subscribe,
      receiving.receiveQos0,
      receiving.receiveQos1,
      receiving.receiveQos2,
      receiving.receiveQos2Release,
      receiving.receiveQos2Once,
    ],
  },
  {
    title: 'When the connection breaks',
    introduction: 'A broken network is a value of `connection$`. No stream errors because of it.',
    diagrams: [
      reconnecting.reconnectBackoff,
      reconnecting.reconnectFailover,
      reconnecting.reconnectWhenOnline,
      reconnecting.resendQos1,
      reconnecting.resendQos2,
      reconnecting.sessionLost,
    ],
  },
  {
    title: 'Streams of topics, requests',
    introduction: 'What subscribers share, and what each of them has alone.',
    diagrams: [
      receiving.topicSharing,
      receiving.topicLinger,
      receiving.topicLatest,
      receiving.manualAcks,
      receiving.consume,
      requesting.request,
      requesting.respond,
    ],
  },
];

export const diagrams: readonly Diagram[] = chapters.flatMap(chapter => chapter.diagrams);
