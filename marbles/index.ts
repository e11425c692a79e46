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
    title: 'The story of a connection',
    introduction: 'How a client finds its broker, how it knows that it still has one, and how it leaves.',
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
    title: 'A message on its way to the broker',
    introduction: 'One subscription of `publish()` is one message. What it costs to be sure depends on its QoS.',
    diagrams: [
      publishing.publishQos0,
      publishing.publishQos1,
      publishing.publishQos2,
      publishing.publishUntil,
      publishing.publishAll,
    ],
  },
  {
    title: 'A message on its way from the broker',
    introduction: 'A `topic$` is one stream, whatever happens to the connections below it.',
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
    introduction: 'A broken network is a value of `connection$`, and an error of nothing else.',
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
    introduction: 'What subscribers share, and what each has of its own.',
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
