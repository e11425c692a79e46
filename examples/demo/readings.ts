import type { MqttMessage, QoS } from './library.js';

export const rooms = ['kitchen', 'bedroom', 'office'] as const;
export type Room = (typeof rooms)[number];

/** What a sensor measures decides how carefully its messages are carried. */
export const qosOf = {
  temperature: 0, // the next one comes in a moment: a lost one does no harm
  humidity: 1, // none may be lost, but the same one twice does no harm
  power: 2, // summed up as energy: one lost or counted twice makes the bill wrong
} as const satisfies Record<string, QoS>;
export type Kind = keyof typeof qosOf;
export const kinds = Object.keys(qosOf) as readonly Kind[];

export interface Reading {
  readonly room: Room;
  readonly kind: Kind;
  /** Counts the readings of this sensor from 0, so that a gap and a repeat can be seen. */
  readonly seq: number;
  /** °C, % or W. */
  readonly value: number;
}

/** ms between two readings of a sensor. */
export const period = 250;

export const topicOf = (prefix: string, { room, kind }: Reading) => `${prefix}/${room}/${kind}`;
export const payloadOf = ({ seq, value }: Reading) => JSON.stringify({ seq, value });

/** The reading in a message, or nothing when it holds none: on a broker of the user's, anybody may publish there. */
export function toReading(message: MqttMessage): Reading | undefined {
  const [room, kind] = message.topic.split('/').slice(-2) as [Room, Kind];
  if (!rooms.includes(room) || !kinds.includes(kind)) return undefined;
  try {
    const { seq, value } = message.json<Reading>();
    return Number.isInteger(seq) && Number.isFinite(value) ? { room, kind, seq, value } : undefined;
  } catch {
    return undefined;
  }
}
