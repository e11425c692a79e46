import type { UserProperties } from '../../message.js';
import type { SubackPacket, SubscriptionRequest, UnsubackPacket } from '../../packets.js';
import { protocolError } from '../violations.js';
import type { UnsubscribeCall } from './unsubscribe-call.js';

/** A filter as streams want it, with its subscription options and the properties of its SUBSCRIBE. */
export interface FilterRequest extends SubscriptionRequest {
  /** The user properties of the SUBSCRIBE that names the filter; 5.0 only. */
  userProperties?: UserProperties;
}

/** A SUBSCRIBE or UNSUBSCRIBE. */
export type Request = SubscribeRequest | UnsubscribeRequest;

export interface SubscribeRequest {
  readonly kind: 'subscribe';
  readonly requests: FilterRequest[];
  /** The subscription identifier that the broker puts into each copy of a message that it sends because of these filters. */
  readonly identifier?: number | undefined;
}

export interface UnsubscribeRequest {
  readonly kind: 'unsubscribe';
  readonly filters: string[];
  /** The call of `unsubscribe()` behind the request; undefined where the last stream of the filters ended. */
  readonly call?: UnsubscribeCall;
}

export const filtersOf = (request: Request): readonly string[] =>
  request.kind === 'subscribe' ? request.requests.map(({ filter }) => filter) : request.filters;

const countFilters = (request: Request): number =>
  request.kind === 'subscribe' ? request.requests.length : request.filters.length;

/** Throws PROTOCOL_ERROR unless the answer has a reason code for each filter [MQTT-3.9.3-1], [MQTT-3.11.3-1]. UNSUBACK of 3.x has none. */
export function assertAnswers({ cmd, reasonCodes: { length } }: SubackPacket | UnsubackPacket, request: Request): void {
  const expected = countFilters(request);
  if (length === expected || (cmd === 'unsuback' && length === 0)) return;
  throw protocolError(cmd.toUpperCase(), `it holds ${length} reason codes for ${expected} filters`);
}
