import { type Observable, catchError, map, of, startWith } from 'rxjs';
import type { MqttClient, MqttError, PublishResult, QoS } from './library.js';
import { inWords } from './words.js';

export interface Draft {
  readonly topic: string;
  readonly payload: string;
  readonly qos: QoS;
  readonly retain: boolean;
}

/** Describes the progress of a message: publishing, then its outcome. Without a connection, QoS 1 and 2 wait for one. */
export const deliver = (client: MqttClient, { topic, payload, qos, retain }: Draft): Observable<string> =>
  client.publish(topic, payload, { qos, retain }).pipe(
    map(result => `${topic}: ${ending(result)}`),
    catchError((error: unknown) => of(`${topic}: ${(error as MqttError).delivery ?? 'rejected'}. ${inWords(error)}`)),
    startWith(`${topic}: publishing`),
  );

function ending({ qos, reasonCode }: PublishResult): string {
  if (qos === 0) return 'sent. QoS 0 has no acknowledgement';
  return `delivered with QoS ${qos}${reasonCode === 0x10 ? ', but nobody is subscribed to it' : ''}`;
}
