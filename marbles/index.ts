import { connect, connectTimeout, keepalive } from './connecting.js';
import type { Diagram } from './diagram.js';
import { publishQos0, publishQos1, publishQos2 } from './publishing.js';
import { resendQos1 } from './reconnecting.js';

export interface Chapter {
  readonly title: string;
  readonly introduction: string;
  readonly diagrams: readonly Diagram[];
}

/** In the order in which they are read. */
export const chapters: readonly Chapter[] = [
  {
    title: 'The story of a connection',
    introduction: 'How a client finds its broker, and how it knows that it still has one.',
    diagrams: [connect, connectTimeout, keepalive],
  },
  {
    title: 'A message on its way to the broker',
    introduction: 'One subscription of `publish()` is one message. What it costs to be sure depends on its QoS.',
    diagrams: [publishQos0, publishQos1, publishQos2],
  },
  {
    title: 'When the connection breaks',
    introduction: 'A broken network is a value of `connection$`, and an error of nothing else.',
    diagrams: [resendQos1],
  },
];

export const diagrams: readonly Diagram[] = chapters.flatMap(chapter => chapter.diagrams);
