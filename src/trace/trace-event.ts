import type { ConnectionPhase, Delivery, QoS } from '../index.js';

/**
 * One event of a trace. It is plain data, and a trace file has one of them a line, as JSON.
 *
 * `at` is in ms since the start of the trace, by the clock of the client's scheduler. The first event is a {@link TraceStart}.
 */
export type TraceEvent =
  TraceStart | TraceState | TracePacket | TraceAck | TraceWarning | TraceStream | TraceFigures | TraceEnd;

/** The first event of every trace. */
export interface TraceStart {
  readonly type: 'trace';
  readonly at: 0;
  /** The version of this format. */
  readonly version: 1;
  /** The start of the trace, in ms since 1970. */
  readonly startedAt: number;
}

/** The client has come to another state. */
export interface TraceState {
  readonly type: 'state';
  readonly at: number;
  readonly status: 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'disconnecting' | 'closed';
  readonly url?: string;
  readonly attempt?: number;
  /** ms until the next attempt. */
  readonly delay?: number;
  readonly error?: TraceError;
}

/** An `MqttError` as plain data. */
export interface TraceError {
  readonly code: string;
  readonly message: string;
  readonly reasonCode?: number;
  /** How far an attempt to connect had come. */
  readonly phase?: ConnectionPhase;
  /** Whether the same operation can succeed later. Absent: false. */
  readonly retryable?: boolean;
}

/**
 * A packet as `packet$` emits it, without credentials. Its bytes are {@link TracePayload}s: `payload`, `will.payload`, and
 * `correlationData` of properties.
 */
export interface TracePacket {
  readonly type: 'packet';
  readonly at: number;
  readonly direction: 'sent' | 'received';
  readonly packet: { readonly cmd: string; readonly [field: string]: unknown };
}

/** What a trace holds of a payload: always its length in bytes; the rest as the option `payloads` says. */
export interface TracePayload {
  readonly length: number;
  /** The payload, if it is well-formed UTF-8. */
  readonly text?: string;
  /** The payload in base64, if it is not. */
  readonly base64?: string;
  /** A hash: equal payloads of one trace have equal hashes. */
  readonly hash?: string;
  /** What the function of the option `payloads` returned. */
  readonly value?: unknown;
}

/** A settled publish, or an answered SUBSCRIBE or UNSUBSCRIBE: an `AckEvent` with a plain error. */
export interface TraceAck {
  readonly type: 'ack';
  readonly at: number;
  readonly kind: 'publish' | 'subscribe' | 'unsubscribe';
  readonly packetId: number;
  readonly topic?: string;
  readonly qos?: QoS;
  readonly delivery?: Delivery;
  readonly filters?: readonly string[];
  readonly reasonCodes?: readonly number[];
  /** Of a publish: the reason code of the broker, or 0. */
  readonly reasonCode?: number;
  readonly error?: TraceError;
}

/** An `MqttWarning`. */
export interface TraceWarning {
  readonly type: 'warning';
  readonly at: number;
  readonly code: string;
  readonly message: string;
}

/** A subscriber of a stream of messages came or left, or the stream ended. */
export interface TraceStream {
  readonly type: 'stream';
  readonly at: number;
  /** Counts the subscribers of this trace from 1. */
  readonly stream: number;
  readonly change: 'subscribed' | 'left' | 'completed' | 'errored';
  readonly filters: readonly string[];
  readonly error?: TraceError;
}

/** Figures of `stats$`, at most once a second, when they change. */
export interface TraceFigures {
  readonly type: 'figures';
  readonly at: number;
  readonly inFlight: number;
  readonly queued: number;
  readonly queuedBytes: number;
  readonly unsentBytes: number;
  readonly roundTrip?: number;
  readonly unacknowledged: number;
}

/** The last event, if the recording was ended and not cut off. */
export interface TraceEnd {
  readonly type: 'end';
  readonly at: number;
}
