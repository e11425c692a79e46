import type { Observable } from 'rxjs';
import { type MqttClient, bytes } from '../library.js';
import { type BatchOptions, writeBatches } from './batches.js';

/** What a log stores of a message. Records of one key keep their order. */
export interface LogRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

/** A log such as Kafka, Redpanda or Kinesis. */
export interface Log {
  /** Resolves with the offsets when all records are stored, and rejects if one is not. */
  append(records: readonly LogRecord[]): Promise<readonly bigint[]>;
}

/** Appends messages to a log, with their topic as the key. Emits the offsets of each batch. */
export function appendToLog(
  client: MqttClient,
  topics: string,
  log: Log,
  options?: BatchOptions,
): Observable<readonly bigint[]> {
  const append = (batch: readonly { topic: string; value: Uint8Array }[]) =>
    log.append(batch.map(({ topic, value }) => ({ key: topic, value })));
  return writeBatches(client, topics, bytes, append, options);
}
