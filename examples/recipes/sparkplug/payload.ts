/** What encodes payloads of Sparkplug B: `get('spBv1.0')` of the package `sparkplug-payload`. */
export interface SparkplugCodec {
  encodePayload(payload: SparkplugPayload): Uint8Array;
  decodePayload(bytes: Uint8Array): DecodedPayload;
}

export interface Metric {
  readonly name: string;
  readonly type: 'Boolean' | 'Int32' | 'Int64' | 'Float' | 'Double' | 'String';
  readonly value: boolean | number | string;
}

export interface SparkplugPayload {
  timestamp: number;
  metrics: (Metric & { readonly timestamp: number })[];
  seq?: number;
}

/** Integers of 64 bits can be objects here, and an edge node may send the alias of a metric instead of its name. */
export interface DecodedPayload {
  readonly metrics?: readonly DecodedMetric[] | null;
  readonly seq?: unknown;
}

interface DecodedMetric {
  readonly name?: string | null;
  readonly alias?: unknown;
  readonly value?: unknown;
}

/** A host sends it as true, for the birth certificates of an edge node and its devices. */
export const REBIRTH = 'Node Control/Rebirth';

/** The sequence number, and the number of a birth and its death, go from 0 to 255, and begin again. */
export const following = (number: number): number => (number + 1) % 256;

/** Returns a payload with the present time. */
export function payloadOf(metrics: readonly Metric[], seq?: number): SparkplugPayload {
  const timestamp = Date.now();
  return {
    timestamp,
    metrics: metrics.map(metric => ({ ...metric, timestamp })),
    ...(seq === undefined ? {} : { seq }),
  };
}
